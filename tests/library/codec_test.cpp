#include "mpr/codec.hpp"

#include <bitset>
#include <chrono>
#include <complex>
#include <forward_list>
#include <functional>
#include <limits>
#include <queue>
#include <random>

#include <catch2/catch.hpp>
#include <cereal/types/bitset.hpp>
#include <cereal/types/forward_list.hpp>
#include <cereal/types/polymorphic.hpp>
#include <cereal/types/queue.hpp>
#include <nlohmann/json.hpp>

using namespace mpr;
using nlohmann::json;

namespace {

template <class T>
ByteBuffer encoded(const T& value) {
  ByteBuffer bytes;
  Codec<T>::encode(value, bytes);
  return bytes;
}

template <class T>
T there_and_back(const T& value) {
  return Codec<T>::decode(encoded(value));
}

enum class Colour : uint8_t { red, green, blue };

struct Point {
  int x = 0;
  double y = 0;
  bool operator==(const Point&) const = default;
};

struct WithSerialize {
  std::string name;
  std::vector<Point> points;
  std::optional<int> maybe;
  template <class Archive>
  void serialize(Archive& archive) {
    archive(name, CEREAL_NVP(points), maybe);
  }
  bool operator==(const WithSerialize&) const = default;
};

struct BoostStyle {
  int number = 0;
  std::string text;
  Point point;
  template <class Archive>
  void serialize(Archive& archive) {
    archive& number& text& point;
  }
  bool operator==(const BoostStyle&) const = default;
};

class SaveAndLoad {
 public:
  SaveAndLoad() = default;
  explicit SaveAndLoad(int number) : number_(number) {}
  template <class Archive>
  void save(Archive& archive) const {
    archive(std::to_string(number_));
  }
  template <class Archive>
  void load(Archive& archive) {
    std::string text;
    archive(text);
    number_ = std::stoi(text);
  }
  bool operator==(const SaveAndLoad&) const = default;

 private:
  int number_ = 0;
};

class WithoutDefault {
 public:
  explicit WithoutDefault(int number) : number_(number) {}
  bool operator==(const WithoutDefault&) const = default;

 private:
  int number_;
};

struct Nothing {
  bool operator==(const Nothing&) const = default;
};

struct Ranked {
  int rank = 0;
  std::string name;
  template <class Archive>
  void serialize(Archive& archive) {
    archive(rank, name);
  }
  bool operator==(const Ranked&) const = default;
  bool operator<(const Ranked& other) const { return rank < other.rank; }
};

struct Tree {
  std::string name;
  std::vector<Tree> children;
  template <class Archive>
  void serialize(Archive& archive) {
    archive(name, children);
  }
  bool operator==(const Tree&) const = default;
};

struct Link {
  int number = 0;
  std::unique_ptr<Link> next;
  template <class Archive>
  void serialize(Archive& archive) {
    archive(number, next);
  }
};

struct Base {
  Base() = default;
  Base(const Base&) = delete;
  Base& operator=(const Base&) = delete;
  virtual ~Base() = default;
  [[nodiscard]] virtual std::string text() const { return "base"; }
  int inherited = 0;
  template <class Archive>
  void serialize(Archive& archive) {
    archive(inherited);
  }
};

struct Derived : Base {
  std::string own;
  [[nodiscard]] std::string text() const override { return own + std::to_string(inherited); }
  template <class Archive>
  void serialize(Archive& archive) {
    archive(cereal::base_class<Base>(this), own);
  }
};

/// Counts how many of it were ever made.
struct Counted {
  Counted() { ++made; }
  static inline size_t made = 0;
  std::string text;
  template <class Archive>
  void serialize(Archive& archive) {
    archive(text);
  }
};

struct CountedWithoutBytes {
  CountedWithoutBytes() { ++Counted::made; }
  CountedWithoutBytes(const CountedWithoutBytes& /*other*/) { ++Counted::made; }
  CountedWithoutBytes& operator=(const CountedWithoutBytes&) = default;
  ~CountedWithoutBytes() = default;
  template <class Archive>
  void serialize(Archive& /*archive*/) {}
};

struct Temperature {
  double kelvin = 0;
  std::string place;
};

}  // namespace

CEREAL_REGISTER_TYPE(Derived)
CEREAL_REGISTER_POLYMORPHIC_RELATION(Base, Derived)

template <>
struct mpr::Codec<Temperature> {
  static void encode(const Temperature& value, ByteBuffer& to) {
    Codec<std::string>::encode(value.place + "=" + std::to_string(value.kelvin), to);
  }
  static Temperature decode(Bytes from) {
    const std::string text = Codec<std::string>::decode(from);
    const size_t middle = text.find('=');
    if (middle == std::string::npos) throw CodecError("not a temperature");
    return {std::stod(text.substr(middle + 1)), text.substr(0, middle)};
  }
};

// One value of each sort of type; what is promised of all of them is tested with each.
namespace {

/// Decodes what may be no value at all: a value, or CodecError.
template <class T>
bool is_value(Bytes bytes) {
  try {
    (void)Codec<T>::decode(bytes);
    return true;
  } catch (const CodecError& error) {
    REQUIRE(std::string(error.what()).size() > 5);
    return false;
  }
}

/// Types that end where their bytes end have values of many lengths.
template <class T>
inline constexpr bool any_length = std::is_same_v<T, std::string>;
template <codec::Plain T>
inline constexpr bool any_length<std::vector<T>> = !std::is_same_v<T, bool>;

struct Sample {
  std::string type;
  ByteBuffer bytes;
  bool any_length;
  bool (*is_value)(Bytes bytes);
  std::function<bool(Bytes bytes)> is_as_it_was;
  std::function<void(ByteBuffer& to)> encode;
};

std::vector<Sample> one_of_each() {
  std::vector<Sample> samples;
  const auto add = [&]<class T>(T value) {
    samples.push_back({typeid(T).name(), encoded(value), any_length<T>, is_value<T>,
                       [value](Bytes bytes) { return Codec<T>::decode(bytes) == value; },
                       [value](ByteBuffer& to) { Codec<T>::encode(value, to); }});
  };
  add(true);
  add(int8_t{-1});
  add(std::numeric_limits<uint64_t>::max());
  add(-0.5);
  add(Colour::blue);
  add(Point{3, -1.5});
  add(Nothing{});
  add(std::complex<double>{1, 2});
  add(std::chrono::nanoseconds{5});
  add(std::array<int, 3>{1, 2, 3});
  add(WithoutDefault{7});
  add(std::string("text \0 and more", 15));
  add(std::string{});
  add(std::wstring{L"wide \u20ac"});
  add(std::u16string{u"\u20ac"});
  add(std::vector<int>{1, 2, 3});
  add(std::vector<int>{});
  add(std::vector<Point>{{1, 2}, {3, 4}});
  add(std::vector<WithoutDefault>{WithoutDefault{1}, WithoutDefault{2}});
  add(std::vector<bool>{true, false, true});
  add(std::vector<std::string>{"one", "", "three"});
  add(std::vector<std::vector<std::vector<int>>>{{{1}, {2, 3}}, {}, {{}}});
  add(std::vector<Nothing>(5));
  add(std::list<Nothing>(5));
  add(std::deque<std::string>{"a", "b"});
  add(std::deque<bool>{true, false});
  add(std::list<int>{1, 2});
  add(std::forward_list<std::string>{"a", "b"});
  add(std::map<std::string, int>{{"one", 1}, {"two", 2}});
  add(std::map<std::string, Point>{{"one", {1, 1}}});
  add(std::multimap<int, std::string>{{1, "a"}, {1, "b"}});
  add(std::unordered_map<std::string, std::vector<Point>>{{"one", {{1, 1}}}});
  add(std::set<std::string>{"x", "y"});
  add(std::multiset<Ranked>{{1, "a"}, {1, "b"}, {2, "c"}});
  add(std::unordered_set<int>{1, 2, 3});
  add(std::array<std::string, 2>{"a", "b"});
  add(std::bitset<70>{12345});
  add(std::optional<int>{5});
  add(std::optional<int>{});
  add(std::optional<Point>{Point{1, 2}});
  add(std::optional<std::string>{"text"});
  add(std::array<std::optional<int>, 2>{1, std::nullopt});
  add(std::variant<int, double>{2.5});
  add(std::variant<std::monostate, int, std::string>{"text"});
  add(std::variant<std::monostate, int, std::string>{});
  add(std::pair<int, std::string>{1, "a"});
  add(std::tuple<int, Point, std::string, bool>{1, {2, 3}, "b", true});
  add(std::tuple<>{});
  add(WithSerialize{"name", {{1, 2}}, 3});
  add(WithSerialize{});
  add(std::map<std::string, std::vector<WithSerialize>>{{"k", {{"name", {{1, 2}}, 3}, {}}}});
  add(BoostStyle{1, "two", {3, 4}});
  add(SaveAndLoad{42});
  add(Tree{"root", {{"left", {}}, {"right", {{"leaf", {}}}}}});
  add(json(nullptr));
  add(json{{"numbers", {1, -2, 2.5, 18446744073709551615U}}, {"nothing", nullptr}, {"yes", true}, {"text", "\xe2"}});
  add(json::array());
  add(json::object());
  add(json::binary({1, 2, 255}));
  add(json{{"bytes", json::binary({1, 2}, 42)}, {"more", json::binary({}, 70000)}});
  add(std::vector<json>{1, "two", {{"three", 3}}});
  add(std::map<std::string, json>{{"key", {1, 2}}});
  return samples;
}

ByteBuffer random_bytes(std::mt19937& random, size_t size) {
  ByteBuffer bytes(size);
  for (std::byte& byte : bytes) byte = static_cast<std::byte>(random() % 256);
  return bytes;
}

ByteBuffer repeated(unsigned byte, size_t size) {
  return ByteBuffer(size, static_cast<std::byte>(byte));
}

/// Eight bytes: what cereal takes for a length.
ByteBuffer length(uint64_t number) {
  return encoded(number);
}

ByteBuffer operator+(ByteBuffer first, const ByteBuffer& second) {
  first.insert(first.end(), second.begin(), second.end());
  return first;
}

}  // namespace

TEST_CASE("values of every sort arrive as they were") {
  for (const Sample& sample : one_of_each()) {
    CAPTURE(sample.type);
    CHECK(sample.is_as_it_was(sample.bytes));
  }
}

TEST_CASE("encoding appends to what is there") {
  for (const Sample& sample : one_of_each()) {
    CAPTURE(sample.type);
    ByteBuffer bytes = repeated(7, 3);
    sample.encode(bytes);
    CHECK(std::equal(bytes.begin(), bytes.begin() + 3, repeated(7, 3).begin()));
    CHECK(sample.is_as_it_was(Bytes{bytes}.subspan(3)));
  }
}

TEST_CASE("values are read from bytes at any address") {
  for (const Sample& sample : one_of_each()) {
    CAPTURE(sample.type);
    for (size_t offset = 0; offset < 9; ++offset) {
      const ByteBuffer bytes = repeated(0, offset) + sample.bytes;
      CHECK(sample.is_as_it_was(Bytes{bytes}.subspan(offset)));
    }
  }
}

TEST_CASE("what a unique_ptr owns travels with it") {
  CHECK(*there_and_back(std::make_unique<std::string>("owned")) == "owned");
  CHECK(there_and_back(std::unique_ptr<std::string>{}) == nullptr);
}

TEST_CASE("a type of one's own codec travels by it") {
  CHECK(there_and_back(Temperature{300, "here"}).place == "here");
  CHECK_FALSE(is_value<Temperature>(encoded(std::string("nowhere"))));
}

TEST_CASE("bytes that end too early are no value") {
  for (const Sample& sample : one_of_each()) {
    CAPTURE(sample.type);
    for (size_t size = 0; size < sample.bytes.size(); ++size) {
      const ByteBuffer cut(sample.bytes.begin(), sample.bytes.begin() + static_cast<std::ptrdiff_t>(size));
      CHECK((!sample.is_value(cut) || sample.any_length));
    }
  }
}

TEST_CASE("bytes behind a value make it none") {
  for (const Sample& sample : one_of_each()) {
    CAPTURE(sample.type);
    for (const unsigned extra : {0U, 1U, 255U}) {
      CHECK((!sample.is_value(sample.bytes + repeated(extra, 1)) || sample.any_length));
    }
  }
}

TEST_CASE("bytes with flipped bits are a value or an error") {
  for (const Sample& sample : one_of_each()) {
    CAPTURE(sample.type);
    for (size_t bit = 0; bit < 8 * sample.bytes.size(); ++bit) {
      ByteBuffer flipped = sample.bytes;
      flipped[bit / 8] ^= std::byte{1} << (bit % 8);
      (void)sample.is_value(flipped);
    }
  }
}

TEST_CASE("random bytes are a value or an error") {
  std::mt19937 random{1};
  for (const Sample& sample : one_of_each()) {
    CAPTURE(sample.type);
    for (int round = 0; round < 500; ++round) (void)sample.is_value(random_bytes(random, random() % 64));
    // Most of a value right, and some of it wrong, gets further.
    for (int round = 0; round < 500 && !sample.bytes.empty(); ++round) {
      ByteBuffer changed = sample.bytes + random_bytes(random, random() % 8);
      for (size_t i = 0; i <= random() % 4; ++i) changed[random() % changed.size()] = static_cast<std::byte>(random());
      (void)sample.is_value(changed);
    }
  }
}

TEST_CASE("what says by a number which value it holds is checked") {
  CHECK_FALSE(is_value<bool>(repeated(2, 1)));
  CHECK_FALSE(is_value<std::optional<int>>(repeated(2, 5)));
  CHECK_FALSE(is_value<std::vector<bool>>(length(1) + repeated(2, 1)));
  for (const int which : {-1, 2, std::numeric_limits<int>::min(), std::numeric_limits<int>::max()}) {
    CHECK_FALSE(is_value<std::variant<int, float>>(encoded(which) + encoded(0)));
  }
}

TEST_CASE("a length that the bytes could not hold is not believed") {
  for (const uint64_t claimed : {uint64_t{100'000}, uint64_t{1} << 40, uint64_t{1} << 61, ~uint64_t{0}}) {
    const ByteBuffer bytes = length(claimed) + repeated(0, 64);
    CHECK_FALSE(is_value<std::vector<std::string>>(bytes));
    CHECK_FALSE(is_value<std::deque<int>>(bytes));
    CHECK_FALSE(is_value<std::list<Point>>(bytes));
    CHECK_FALSE(is_value<std::forward_list<std::string>>(bytes));
    CHECK_FALSE(is_value<std::wstring>(bytes));
    CHECK_FALSE(is_value<std::map<int, int>>(bytes));
    CHECK_FALSE(is_value<std::unordered_map<int, int>>(bytes));
    CHECK_FALSE(is_value<std::unordered_set<int>>(bytes));
    CHECK_FALSE(is_value<std::vector<std::vector<int>>>(length(1) + bytes));
    CHECK_FALSE(is_value<std::vector<json>>(length(1) + bytes));
  }
  for (const unsigned head : {0x9bU, 0xbbU, 0x7bU, 0x5bU}) {  // array, object, text, binary of eight bytes' length
    CHECK_FALSE(is_value<json>(repeated(head, 1) + repeated(255, 8) + repeated(0, 64)));
    CHECK_FALSE(is_value<json>(repeated(head, 1) + repeated(0, 4) + repeated(1, 4) + repeated(0, 64)));
  }
}

TEST_CASE("elements are made only as they are read, however many the bytes claim") {
  constexpr size_t kBytes = 1 << 20;
  const ByteBuffer many = length(kBytes) + repeated(255, kBytes);
  Counted::made = 0;
  CHECK_FALSE(is_value<std::vector<Counted>>(many));
  CHECK_FALSE(is_value<std::deque<Counted>>(many));
  CHECK_FALSE(is_value<std::list<Counted>>(many));
  CHECK(Counted::made < 10);
}

TEST_CASE("elements without bytes are limited for the whole value") {
  CHECK(there_and_back(std::vector<CountedWithoutBytes>(codec::kMostWithoutBytes)).size() == codec::kMostWithoutBytes);
  // Each of these eight bytes could claim as many again.
  ByteBuffer bytes = length(1000);
  for (int i = 0; i < 1000; ++i) bytes = bytes + length(codec::kMostWithoutBytes);
  Counted::made = 0;
  CHECK_FALSE(is_value<std::vector<std::vector<CountedWithoutBytes>>>(bytes));
  CHECK(Counted::made < 4 * (bytes.size() + codec::kMostWithoutBytes));
}

TEST_CASE("JSON nests as deep as promised, and neither deeper values nor deeper bytes exhaust the stack") {
  const auto nested = [](size_t levels) {
    json value = 1;
    for (size_t i = 0; i < levels; ++i) value = i % 2 == 0 ? json::array({std::move(value)}) : json{{"k", value}};
    return value;
  };
  CHECK((there_and_back(nested(500)) == nested(500)));
  CHECK_THROWS_AS(encoded(nested(501)), CodecError);
  CHECK_THROWS_AS(encoded(json::parse(std::string(100'000, '[') + std::string(100'000, ']'))), CodecError);

  constexpr size_t kBytes = 1 << 20;
  // Arrays, objects, texts, binaries and tags that hold another: definite and indefinite.
  for (const unsigned byte : {0x81U, 0x82U, 0xa1U, 0x9fU, 0xbfU, 0x7fU, 0x5fU, 0xc6U, 0xd8U, 0xdbU}) {
    CHECK_FALSE(is_value<json>(repeated(byte, kBytes)));
    ByteBuffer alternating = repeated(0x81, kBytes);
    for (size_t i = 0; i < kBytes; i += 2) alternating[i] = static_cast<std::byte>(byte);
    CHECK_FALSE(is_value<json>(alternating));
  }
  ByteBuffer objects;
  for (size_t i = 0; i < kBytes / 3; ++i)
    objects.insert(objects.end(), {std::byte{0xa1}, std::byte{0x61}, std::byte{'k'}});
  CHECK_FALSE(is_value<json>(objects));
  CHECK_FALSE(is_value<json>(repeated(0x81, 501) + repeated(0, 1)));
  CHECK(is_value<json>(repeated(0x81, 500) + repeated(0, 1)));
}

TEST_CASE("recursive types nest hundreds deep, and neither deeper values nor deeper bytes exhaust the stack") {
  const auto chain = [](int levels) {
    Tree tree;
    for (int i = 0; i < levels; ++i) {
      Tree parent;
      parent.children.push_back(std::move(tree));
      tree = std::move(parent);
    }
    return tree;
  };
  CHECK((there_and_back(chain(900)) == chain(900)));
  CHECK_THROWS_AS(encoded(chain(3000)), CodecError);
  ByteBuffer trees;
  for (int i = 0; i < 60'000; ++i) trees = std::move(trees) + length(0) + length(1);
  CHECK_FALSE(is_value<Tree>(trees));

  Link first;
  for (int i = 0; i < 390; ++i) {
    auto next = std::make_unique<Link>(std::move(first));
    first = Link{i, std::move(next)};
  }
  int links = 0;
  const Link copy = Codec<Link>::decode(encoded(first));
  for (const Link* link = copy.next.get(); link != nullptr; link = link->next.get()) ++links;
  CHECK(links == 390);
  CHECK_FALSE(is_value<Link>(repeated(1, 1 << 20)));
}

TEST_CASE("an object travels as its base class") {
  auto derived = std::make_unique<Derived>();
  derived->inherited = 4;
  derived->own = "derived";
  const std::unique_ptr<Base> sent = std::move(derived);
  const ByteBuffer bytes = encoded(sent);
  CHECK(Codec<std::unique_ptr<Base>>::decode(bytes)->text() == "derived4");
  CHECK(Codec<std::unique_ptr<Base>>::decode(encoded(std::unique_ptr<Base>{})) == nullptr);
  for (size_t bit = 0; bit < 8 * bytes.size(); ++bit) {
    ByteBuffer flipped = bytes;
    flipped[bit / 8] ^= std::byte{1} << (bit % 8);
    (void)is_value<std::unique_ptr<Base>>(flipped);
  }
}
