// Inputs, file names and outputs are other people's: none of them is ever taken for a part of a script, for something
// said to a terminal, or for a command to the CI service that keeps the log.
#include <filesystem>
#include <random>

#include <catch2/catch.hpp>

#include "support/mpr_command.hpp"
#include "support/rounds.hpp"
#include "support/temp_dir.hpp"

using namespace mpr::test;

namespace {

/// Made of what means something to shells; no NUL, which no argument can hold.
std::string hostile_word(std::mt19937& random) {
  static const std::vector<std::string> kPieces{
      "'", "\"", "\\",  "`",    "$(",   ")",    "${",   "}",   "$",           "$'",         "\n",     "\r", "\t",
      " ", ";",  "&",   "&&",   "|",    ">",    "<<E",  "<",   "*",           "?",          "[",      "]",  "~",
      "#", "!",  "%",   "=",    "{",    "}}",   "{}",   "{1}", "-n",          "--",         "$0",     "$@", "$#",
      ":", "if", "E\n", "\x01", "\x7f", "\x80", "\xff", "é",   "touch pwned", "echo pwned", "exit 3", "\\c"};
  std::string word;
  for (auto pieces = random() % 9; pieces > 0; --pieces) word += kPieces[random() % kPieces.size()];
  if (random() % 4 == 0) word += static_cast<char>(1 + random() % 255);
  return word;
}

/// The words as they come out of a script that prints each between brackets, in each place where one may stand.
void check_words(unsigned seed, const std::string& script, const std::string& before, const std::string& after) {
  CAPTURE(seed, script);
  std::mt19937 random(seed);
  const TempDir dir;
  std::string input;
  std::string expected;
  for (int i = 0; i < 200; ++i) {
    const std::string word = hostile_word(random);
    input += word + '\0';
    expected += "[" + before + word + after + "]\n";
  }
  Options options;
  options.input = input;
  options.directory = dir.path();
  const Result result = run_mpr({"map", "-j2", "-0", "--shell", script}, options);
  INFO(result.err);
  CHECK(result.exit_status == 0);
  CHECK((result.out == expected));
  CHECK(std::filesystem::is_empty(dir.path()));
}

/// Nothing of it moves a cursor, sets a title or rings; nothing is a line that GitHub, Azure or TeamCity obeys.
void check_harmless(const std::string& text) {
  INFO(text);
  for (const char c : text) CHECK((c == '\n' || static_cast<unsigned char>(c) >= ' '));
  CHECK_FALSE(contains(text, "\xc2\x9b"));
  CHECK_FALSE(contains(text, "##["));
  CHECK_FALSE(contains(text, "##vso["));
  CHECK_FALSE(contains(text, "##teamcity["));
  for (const std::string& line : lines(text)) {
    CHECK(line.find("::", line.find_first_not_of(' ')) != line.find_first_not_of(' '));
  }
}

constexpr const char* kNasty =
    "\x1b[2J\x1b]0;title\x07\xc2\x9b"
    "31m\r##vso[task.setvariable variable=x]y ##[error] ##teamcity[x]";

}  // namespace

TEST_CASE("no input of --shell is anything but a word to sh", "[soak]") {
  Rounds rounds{1};
  while (const auto seed = rounds.next()) {
    check_words(*seed, "printf '[%s]\\n' {}", "", "");
    check_words(*seed, "printf '[%s]\\n' a{}b", "a", "b");
    check_words(*seed, "x={}; printf '[%s]\\n' \"$x\"", "", "");
    check_words(*seed, "printf '[%s]\\n' \"$(printf '%s.' {})\"", "", ".");
  }
}

TEST_CASE("what a failed task has printed is shown in the digest as text, and nothing else") {
  const TempDir dir;
  dir.write("nasty", std::string(kNasty) + "\n  ::error::no\n");
  const Result result = run_mpr({"map", "--json", "sh", "-c", "cat " + (dir / "nasty") + " >&2; exit 1", "sh",
                                 "--inputs", kNasty, "::stop-commands::x"});
  INFO(result);
  CHECK(result.exit_status == 1);
  CHECK(contains(result.err, "2 of 2 tasks failed"));
  check_harmless(result.err);
}

TEST_CASE("an input that is shown as a tag is shown as text") {
  const Result tagged = run_mpr({"map", "--tag", "echo", "x", "{#}", "--inputs", kNasty});
  CHECK(tagged.exit_status == 0);
  check_harmless(tagged.out.substr(0, tagged.out.find('\t')));
}

TEST_CASE("an error about a hostile word shows it as text") {
  const TempDir dir;
  dir.write("m.json", R"({"version": 1, "jobs": {"a\u001b[2J": {"command": "true", "\u009b31m": 1}}})");
  for (const Argv& words : {Argv{"map", kNasty, "--inputs", "1"}, Argv{"run", dir / "m.json"}, Argv{"run", kNasty},
                            Argv{"map", "-j", kNasty, "true"}, Argv{kNasty}}) {
    const Result result = run_mpr(words);
    INFO(result);
    CHECK(result.exit_status != 0);
    check_harmless(result.err);
  }
}

TEST_CASE("a task's output cannot be taken for what a worker says") {
  // All that is written, by a task that writes to whatever it can, is its output, to the byte.
  const std::string script =
      "head -c 4096 /dev/urandom > \"$0\"; for fd in /proc/self/fd/*; do n=${fd##*/}; "
      "[ \"$n\" -gt 2 ] && (cat \"$0\" >&\"$n\") 2>/dev/null; done; cat \"$0\"";
  const TempDir dir;
  const Result result =
      run_mpr({"map", "-j1", "--quiet", "bash", "-c", script, "{}", "--inputs", dir / "one", dir / "two"});
  INFO(result.err);
  CHECK(result.exit_status == 0);
  CHECK((result.out == read_file(dir / "one") + read_file(dir / "two")));
}
