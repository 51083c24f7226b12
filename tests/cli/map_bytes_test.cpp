// What inputs are made of: any byte but NUL travels unharmed from where it is read to the program that gets it.
#include <catch2/catch.hpp>

#include "support/mpr_command.hpp"

using namespace mpr::test;

namespace {

/// What `helper args` prints for one argument.
std::string seen(const std::string& argument) {
  static constexpr const char* kDigits = "0123456789abcdef";
  std::string text = std::to_string(argument.size()) + " ";
  for (const char byte : argument) {
    text += kDigits[static_cast<unsigned char>(byte) >> 4U];
    text += kDigits[static_cast<unsigned char>(byte) & 15U];
  }
  return text + "\n";
}

std::string every_byte() {
  std::string bytes;
  for (int byte = 1; byte < 256; ++byte) bytes += static_cast<char>(byte);
  return bytes;
}

const std::string kNul(1, '\0');

const std::vector<std::string> kAwkward{" a  b ",   "it's",     "\"q\"", "$(id)`id`", "-n",    "--help",
                                        "--inputs", ":::",      "{}",    "{1}{#}",    "{{a}}", "\\n\\",
                                        "*?[a-z]",  "\xff\xfe", "\xc3",  "tab\there", "",      "caf\xc3\xa9"};

}  // namespace

TEST_CASE("awkward lines reach the program as they are") {
  std::string text;
  std::string expected;
  for (const std::string& each : kAwkward) {
    text += each + "\n";
    expected += seen(each);
  }
  const Result result = run_mpr({"map", kHelper, "args"}, input(text));
  INFO(result);
  CHECK(result.out == expected);
}

TEST_CASE("with -0 inputs end at NUL, so newlines travel too") {
  const std::string text = "a\nb" + kNul + "\n" + kNul + every_byte();
  const Result result = run_mpr({"map", "-0", kHelper, "args"}, input(text));
  INFO(result);
  CHECK(result.out == seen("a\nb") + seen("\n") + seen(every_byte()));
}

TEST_CASE("every byte survives the quoting of a script") {
  const Result result = run_mpr({"map", "-0", "--shell", "\"$HELPER\" args {}"}, input(every_byte()));
  INFO(result);
  CHECK(result.out == seen(every_byte()));
  for (const std::string& each : kAwkward) {
    CHECK(run_mpr({"map", "-0", "--shell", "\"$HELPER\" args {}"}, input(each + kNul)).out == seen(each));
  }
}

TEST_CASE("awkward values of ::: and of a file reach the program as they are") {
  const TempDir dir;
  const std::string list = dir.write("list", "\xff\n1..3\n");
  CHECK(run_mpr({"map", kHelper, "args", ":::", "1..3", "-5", "@y", "a=b", "{}"}).out ==
        seen("1..3") + seen("-5") + seen("@y") + seen("a=b") + seen("{}"));
  CHECK(run_mpr({"map", kHelper, "args", "--inputs", "@" + list}).out == seen("\xff") + seen("1..3"));
}

TEST_CASE("the words of the command are kept as they are") {
  CHECK(run_mpr({"map", kHelper, "args", "", " ", "\xff", "a\nb", "--inputs", "x"}).out ==
        seen("") + seen(" ") + seen("\xff") + seen("a\nb") + seen("x"));
}

TEST_CASE("what is filled in is not read again for placeholders") {
  CHECK(run_mpr({"map", kHelper, "args", "<{}>", ":::", "{#}"}).out == seen("<{#}>"));
}

TEST_CASE("an argument of 100 kB travels whole") {
  const std::string large(100'000, 'x');
  const Result result = run_mpr({"map", kHelper, "args"}, input(large + "\n"));
  CHECK(result.success());
  CHECK(result.out == seen(large));
}

TEST_CASE("an argument too long for the system fails its task only, and says so") {
  const std::string large(200'000, 'x');
  const Result result = run_mpr({"map", "echo"}, input("before\n" + large + "\nafter\n"));
  CHECK(result.exit_status == 1);
  CHECK(result.out == "before\nafter\n");
  CHECK_THAT(result.err, Catch::Contains("Argument list too long"));
  CHECK(result.err.size() < 5000);  // it does not repeat the argument
}

TEST_CASE("a last line without its end is an input, a carriage return is part of its line") {
  CHECK(run_mpr({"map", kHelper, "args"}, input("a\r\nb")).out == seen("a\r") + seen("b"));
}

TEST_CASE("a NUL in a line is an error that says how to mend it") {
  const Result result = run_mpr({"map", "echo"}, input(std::string("a\0b\n", 4)));
  INFO(result);
  CHECK_FALSE(result.success());
  CHECK_THAT(result.err, Catch::Contains("-0"));
}
