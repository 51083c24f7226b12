// Codec and bytes that mean harm, by their lengths and their depth.
#include <forward_list>
#include <limits>

#include <cereal/types/forward_list.hpp>
#include <cereal/types/polymorphic.hpp>
#include <nlohmann/json.hpp>

#include "codec_support.hpp"

using namespace mpr;
using namespace mpr::test;
using nlohmann::json;

namespace {

struct Point {
  int x = 0;
  double y = 0;
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

}  // namespace

CEREAL_REGISTER_TYPE(Derived)
CEREAL_REGISTER_POLYMORPHIC_RELATION(Base, Derived)

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
