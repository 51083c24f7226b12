#include "mpr/job.hpp"

#include <array>
#include <iterator>
#include <list>
#include <map>

#include "support/process_support.hpp"
#include "support/running.hpp"

using namespace mpr::test;
namespace job = mpr::job;
using Catch::Contains;

namespace {

struct Point {
  int x;
  int y;
};

/// A Point that comes as a word, and one that only prints.
struct Shown {
  int number;
  friend std::ostream& operator<<(std::ostream& stream, const Shown& shown) { return stream << "#" << shown.number; }
};

/// A range that can be gone through once.
struct Once {
  std::istringstream text{"4 5"};
  [[nodiscard]] std::istream_iterator<int> begin() { return std::istream_iterator<int>(text); }
  [[nodiscard]] static std::istream_iterator<int> end() { return {}; }
};

enum class Colour { red };

struct Strange {};

/// Can be moved only.
using Owned = std::unique_ptr<int>;

}  // namespace

template <>
struct mpr::Word<Point> {
  static constexpr std::string_view name = "X,Y";
  static Point parse(std::string_view word) {
    const size_t comma = word.find(',');
    if (comma == std::string_view::npos) throw std::invalid_argument("'" + std::string(word) + "' is not a point");
    return {Word<int>::parse(word.substr(0, comma)), Word<int>::parse(word.substr(comma + 1))};
  }
  static std::string print(const Point& point) { return std::to_string(point.x) + "," + std::to_string(point.y); }
};

template <>
struct mpr::Word<Owned> {
  static constexpr std::string_view name = "NUMBER";
  static Owned parse(std::string_view word) { return std::make_unique<int>(Word<int>::parse(word)); }
};

namespace {

struct Done {
  int status;
  std::string out;
  std::string err;
};

bool operator==(const Done& a, const Done& b) {
  return a.status == b.status && a.out == b.out && a.err == b.err;
}

std::ostream& operator<<(std::ostream& stream, const Done& done) {
  return stream << done.status << " '" << done.out << "' '" << done.err << "'";
}

/// What the job `j` of this function does.
template <class Function>
Done did(Function* function, const std::vector<std::string_view>& words, const std::string& help = {}) {
  Done done{};
  done.status = job::perform(
      job::make(function, help), "j", words, [&](std::string_view text) { done.out += text; },
      [&](std::string_view text) { done.err += text; });
  return done;
}

Done printed(const std::string& out) {
  return {0, out, ""};
}
Done refused(const std::string& err) {
  return {2, "", "j: " + err + "\n"};
}

/// What comes of a word that is read as a T and printed.
template <class T>
Done echoed(const std::string& word) {
  return did(+[](T value) { return value; }, {word});
}

template <class T>
Done printed_as(T value) {
  static T held;
  held = std::move(value);
  return did(+[]() -> T& { return held; }, {});
}

std::string program(const std::string& name) {
  return std::string(MPR_TEST_PROGRAMS) + "/jobs/" + name;
}

}  // namespace

TEST_CASE("whole numbers are read and printed, to the limits of their types") {
  CHECK(echoed<int>("-7") == printed("-7\n"));
  CHECK(echoed<int64_t>("-9223372036854775808") == printed("-9223372036854775808\n"));
  CHECK(echoed<uint64_t>("18446744073709551615") == printed("18446744073709551615\n"));
  CHECK(echoed<int8_t>("65") == printed("65\n"));
  CHECK(echoed<unsigned char>("255") == printed("255\n"));
  CHECK(echoed<uint64_t>("-0") == printed("0\n"));
  CHECK(echoed<short>("007") == printed("7\n"));
}

TEST_CASE("a word that is not a whole number, or beyond the limits of its type, is refused") {
  for (const std::string word : {"", "x7", "7x", " 7", "7 ", "+7", "0x7", "7.0", "1e3", "--7"}) {
    if (word.starts_with("--")) continue;  // an option
    CHECK(echoed<int>(word) == refused("'" + word + "' is not a whole number"));
    CHECK(echoed<unsigned>(word) == refused("'" + word + "' is not a whole number"));
  }
  CHECK(echoed<int8_t>("128") == refused("'128' is too large: the largest is 127"));
  CHECK(echoed<int8_t>("-129") == refused("'-129' is too small: the smallest is -128"));
  CHECK(echoed<uint16_t>("65536") == refused("'65536' is too large: the largest is 65535"));
  CHECK(echoed<unsigned>("-1") == refused("'-1' is too small: the smallest is 0"));
  CHECK(echoed<uint64_t>("18446744073709551616") ==
        refused("'18446744073709551616' is too large: the largest is 18446744073709551615"));
  CHECK(echoed<unsigned>("-99999999999999999999999") ==
        refused("'-99999999999999999999999' is too small: the smallest is 0"));
}

TEST_CASE("floating-point numbers are read and printed as short as they can be") {
  CHECK(echoed<double>("0.1") == printed("0.1\n"));
  CHECK(echoed<float>("0.1") == printed("0.1\n"));
  CHECK(echoed<double>("1e300") == printed("1e+300\n"));
  CHECK(echoed<double>("-.5") == printed("-0.5\n"));
  CHECK(echoed<double>("3") == printed("3\n"));
  CHECK(echoed<double>("-inf") == printed("-inf\n"));
  CHECK(echoed<long double>("2.5") == printed("2.5\n"));
  CHECK(echoed<double>("0,1") == refused("'0,1' is not a number"));
  CHECK(echoed<double>("one") == refused("'one' is not a number"));
  CHECK(echoed<double>("1e999") == refused("'1e999' is too large, or too close to zero, for a number"));
}

TEST_CASE("truth values, characters, strings and paths are read and printed") {
  for (const std::string word : {"true", "yes", "1"}) CHECK(echoed<bool>(word) == printed("true\n"));
  for (const std::string word : {"false", "no", "0"}) CHECK(echoed<bool>(word) == printed("false\n"));
  CHECK(echoed<bool>("maybe") == refused("'maybe' is neither true nor false"));
  CHECK(echoed<char>("7") == printed("7\n"));
  CHECK(echoed<char>("ab") == refused("'ab' is not a single character"));
  CHECK(echoed<char>("") == refused("'' is not a single character"));
  CHECK(echoed<std::string>("a 'b'\n") == printed("a 'b'\n\n"));
  CHECK(echoed<std::string>("") == printed("\n"));
  CHECK(echoed<std::string_view>("a") == printed("a\n"));
  CHECK(echoed<std::filesystem::path>("a b/c") == printed("a b/c\n"));
}

TEST_CASE("types of the user are read and printed as they say") {
  CHECK(echoed<Point>("1,-2") == printed("1,-2\n"));
  CHECK(echoed<Point>("-1,2") == printed("-1,2\n"));
  CHECK(echoed<Point>("1") == refused("'1' is not a point"));
  CHECK(printed_as(Shown{3}) == printed("#3\n"));
  CHECK(did(+[](Owned number) { return *number + 1; }, {"6"}) == printed("7\n"));
  CHECK_THAT(did(+[](Point) {}, {"--help"}).out, Contains("j X,Y..."));
}

TEST_CASE("results of many forms are printed") {
  CHECK(did(+[] {}, {}) == printed(""));
  CHECK(printed_as<const char*>("text") == printed("text\n"));
  CHECK(printed_as<std::optional<int>>(3) == printed("3\n"));
  CHECK(printed_as<std::optional<int>>(std::nullopt) == printed(""));
  CHECK(printed_as(std::vector{1, 2}) == printed("1\n2\n"));
  CHECK(printed_as(std::vector{true, false}) == printed("true\nfalse\n"));
  CHECK(printed_as(std::vector<int>{}) == printed(""));
  CHECK(printed_as(std::list<std::string>{"a", "b"}) == printed("a\nb\n"));
  CHECK(printed_as(std::array{1.5, 2.0}) == printed("1.5\n2\n"));
  CHECK(printed_as(Once{}) == printed("4\n5\n"));
  CHECK(printed_as(std::pair{1, 'c'}) == printed("1\tc\n"));
  CHECK(printed_as(std::tuple{1, std::string("two"), Shown{3}}) == printed("1\ttwo\t#3\n"));
  CHECK(printed_as(std::map<std::string, int>{{"a", 1}, {"b", 2}}) == printed("a\t1\nb\t2\n"));
  CHECK(printed_as(std::optional{std::vector{1, 2}}) == printed("1\n2\n"));
  static const std::string held = "held";
  CHECK(did(+[]() -> const std::string& { return held; }, {}) == printed("held\n"));
}

TEST_CASE("types that cannot come of words, or be printed, are known as such") {
  STATIC_REQUIRE(job::Readable<std::optional<int>>);
  STATIC_REQUIRE(job::Readable<std::vector<Point>>);
  STATIC_REQUIRE_FALSE(job::Readable<Strange>);
  STATIC_REQUIRE_FALSE(job::Readable<Shown>);
  STATIC_REQUIRE_FALSE(job::Readable<const char*>);
  STATIC_REQUIRE_FALSE(job::Readable<std::vector<std::vector<int>>>);
  STATIC_REQUIRE_FALSE(job::Readable<Colour>);
  STATIC_REQUIRE_FALSE(job::Readable<wchar_t>);
  STATIC_REQUIRE_FALSE(job::Printable<Strange>);
  STATIC_REQUIRE_FALSE(job::Printable<int*>);
  STATIC_REQUIRE_FALSE(job::Printable<std::nullptr_t>);
  STATIC_REQUIRE_FALSE(job::Printable<std::vector<std::vector<int>>>);
  STATIC_REQUIRE_FALSE(job::Printable<Owned>);
  STATIC_REQUIRE_FALSE(job::Printable<Colour>);
  STATIC_REQUIRE(job::in_order<int, const std::vector<int>&>());
  STATIC_REQUIRE_FALSE(job::in_order<std::optional<int>, int>());
}

TEST_CASE("a job is called for each group of as many words as it has parameters") {
  const auto subtract = +[](int a, int b) { return a - b; };
  CHECK(did(subtract, {"5", "2"}) == printed("3\n"));
  CHECK(did(subtract, {"5", "2", "1", "-1"}) == printed("3\n2\n"));
  CHECK(did(subtract, {}) == refused("no words given (usage: j (NUMBER NUMBER)...)"));
  CHECK(did(subtract, {"1", "2", "3"}) == refused("3 words given (usage: j (NUMBER NUMBER)...)"));
}

TEST_CASE("a job without parameters is called once, and takes no words") {
  const auto answer = +[] { return 42; };
  CHECK(did(answer, {}) == printed("42\n"));
  CHECK(did(answer, {"x"}) == refused("1 word given (usage: j)"));
}

TEST_CASE("the word of an optional parameter may be missing") {
  const auto alone = +[](std::optional<int> a) { return a.value_or(-1); };
  CHECK(did(alone, {}) == printed("-1\n"));
  CHECK(did(alone, {"1", "2"}) == printed("1\n2\n"));
  const auto behind = +[](int a, const std::optional<int>& b) { return a + b.value_or(100); };
  CHECK(did(behind, {"1"}) == printed("101\n"));
  CHECK(did(behind, {"1", "2"}) == printed("3\n"));
  CHECK(did(behind, {}) == refused("no words given (usage: j NUMBER [NUMBER])"));
  CHECK(did(behind, {"1", "2", "3"}) == refused("3 words given (usage: j NUMBER [NUMBER])"));
}

TEST_CASE("a vector takes all words that are left") {
  const auto count = +[](char first, const std::vector<int>& rest) { return std::pair{first, rest.size()}; };
  CHECK(did(count, {"x"}) == printed("x\t0\n"));
  CHECK(did(count, {"x", "1", "2"}) == printed("x\t2\n"));
  CHECK(did(count, {"x", "1", "y"}) == refused("'y' is not a whole number"));
  CHECK(did(count, {}) == refused("no words given (usage: j CHARACTER [NUMBER...])"));
  CHECK(did(+[](std::vector<int> all) { return all.size(); }, {}) == printed("0\n"));
}

TEST_CASE("all words are read before the first call") {
  static int calls;
  calls = 0;
  CHECK(did(+[](int number) { return ++calls, number; }, {"1", "2", "x"}) == refused("'x' is not a whole number"));
  CHECK(calls == 0);
}

TEST_CASE("negative numbers are words, what else begins with a dash is an option, unless it is behind --") {
  const auto echo = +[](std::string word) { return word; };
  CHECK(did(echo, {"-7", "-.5", "-", "-1..4"}) == printed("-7\n-.5\n-\n-1..4\n"));
  CHECK(did(echo, {"a", "--", "-x", "--help", "--"}) == printed("a\n-x\n--help\n--\n"));
  CHECK(did(echo, {"a", "-x"}) == refused("unknown option '-x' (other words that begin with '-' go behind '--')"));
  CHECK(did(echo, {"--verbose"}).status == 2);
}

TEST_CASE("the option --help shows the usage, made of the types, and the text") {
  CHECK(did(
            +[](int) {}, {"--help"}, "Do it.") == printed("usage: j NUMBER...\nDo it.\n"));
  CHECK(did(+[](int) {}, {"1", "--help"}) == printed("usage: j NUMBER...\n"));
  CHECK(did(+[](bool, std::filesystem::path) {}, {"--help"}) == printed("usage: j (true|false PATH)...\n"));
  CHECK(did(+[](double, std::optional<char>) {}, {"--help"}) == printed("usage: j NUMBER [CHARACTER]\n"));
  CHECK(did(+[](std::vector<std::string>) {}, {"--help"}) == printed("usage: j [TEXT...]\n"));
  CHECK(did(+[] {}, {"--help"}) == printed("usage: j\n"));
}

TEST_CASE("an exception that leaves a call is told, and the other calls go on") {
  const auto divide = +[](int a, int b) {
    if (b == 0) throw std::invalid_argument("division by 0");
    if (b < 0) throw std::runtime_error("cannot");
    return a / b;
  };
  CHECK(did(divide, {"6", "0", "6", "2"}) == Done{2, "3\n", "j: division by 0\n"});
  CHECK(did(divide, {"6", "2", "6", "-1", "6", "0", "6", "3"}) == Done{1, "3\n2\n", "j: cannot\nj: division by 0\n"});
}

TEST_CASE("what the sink throws is not taken for an exception of the job") {
  const job::Job answer = job::make(+[] { return 42; });
  const auto full = [](std::string_view) { throw std::runtime_error("full"); };
  CHECK_THROWS_WITH(job::perform(answer, "j", {}, full, full), "full");
}

TEST_CASE("a job program works by itself") {
  CHECK(run({program("add"), "1.5", "2", "0.1", "-.1"}).out == "3.5\n0\n");
  CHECK(run({program("add"), "--help"}).out == "usage: add (NUMBER NUMBER)...\n");
  const Result wrong = run({program("add"), "1", "2", "3", "x"});
  CHECK(wrong.exit_status == 2);
  CHECK(wrong.out.empty());
  CHECK(wrong.err == "add: 'x' is not a number\n");
}

TEST_CASE("what the function of a job program prints itself comes in order") {
  const Result result = run({program("tell"), "a", "b"});
  CHECK(result.out == "2 words\na\nb\n");
  CHECK(result.success());
}

TEST_CASE("exceptions decide the exit status of a job program") {
  struct Example {
    std::string how;
    int status;
    std::string text;
  };
  for (const Example& example :
       {Example{"argument", 2, "no such argument"}, Example{"range", 2, "too far"}, Example{"error", 1, "no luck"},
        Example{"number", 1, "an exception that is not a std::exception"}}) {
    const Result result = run({program("fail"), "before", example.how, "after"});
    CHECK(result.exit_status == example.status);
    CHECK(result.out == "before\nafter\n");
    CHECK(result.err == "fail: " + example.text + "\n");
  }
}

TEST_CASE("a job program that cannot write fails and says so") {
  const Result full = run({"sh", "-c", program("add") + " 1 2 >/dev/full"});
  CHECK(full.exit_status == 1);
  CHECK(full.err == "add: cannot write: No space left on device\n");
  const Result closed = run({"sh", "-c", program("add") + " 1 2 >&-"});
  CHECK(closed.exit_status == 1);
  CHECK(closed.err == "add: cannot write: Bad file descriptor\n");
  // More than the buffer: the calls that are left are not made.
  const Result early = run({"sh", "-c", program("tell") + " $(seq 10000) >/dev/full"});
  CHECK(early.exit_status == 1);
  CHECK(early.err == "tell: cannot write: No space left on device\n");
}

TEST_CASE("a job program loads no library that a C++ program would not") {
  const Result result = run({"ldd", program("add")});
  for (const std::string& line : lines(result.out)) {
    CAPTURE(line);
    CHECK((contains(line, "vdso") || contains(line, "ld-linux") || contains(line, "libstdc++") ||
           contains(line, "libgcc_s") || contains(line, "libc.so") || contains(line, "libm.so") ||
           contains(line, "san.so")));
  }
}
