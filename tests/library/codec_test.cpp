// Codec: values of every sort, whole and damaged.
#include <bitset>
#include <chrono>
#include <complex>
#include <forward_list>
#include <functional>
#include <limits>
#include <random>

#include <cereal/types/bitset.hpp>
#include <cereal/types/forward_list.hpp>
#include <nlohmann/json.hpp>

#include "codec_support.hpp"

using namespace mpr;
using namespace mpr::test;
using nlohmann::json;

namespace {

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

struct Temperature {
  double kelvin = 0;
  std::string place;
};

}  // namespace

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
