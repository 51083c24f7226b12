// The example jobs, run as anybody would run them. MPR_JOBS_DIR is the folder that they were built into.
#include <string>

#include <catch2/catch.hpp>

#include "support/running.hpp"
#include "support/temp_dir.hpp"

using namespace mpr::test;

namespace {

Result run_job(const std::string& job, Argv words, const std::string& input = {}) {
  words.insert(words.begin(), MPR_JOBS_DIR "/" + job);
  Options options;
  options.input = input;
  return run(words, options);
}

void check_success(const Result& ended, const std::string& out) {
  CHECK(ended.out == out);
  CHECK(ended.err.empty());
  CHECK(ended.exit_status == 0);
}

void check_refusal(const Result& ended, const std::string& err, int exit_status = 2) {
  CHECK(ended.out.empty());
  CHECK(ended.err == err + "\n");
  CHECK(ended.exit_status == exit_status);
}

}  // namespace

TEST_CASE("every job explains itself", "[jobs]") {
  const std::string job = GENERATE("square", "word_count", "prime_count", "checksum.sh");
  const Result ended = run_job(job, {"--help"});
  CHECK(ended.out.rfind("usage: " + job, 0) == 0);
  CHECK(ended.err.empty());
  CHECK(ended.exit_status == 0);
}

TEST_CASE("square prints the square of each number", "[jobs]") {
  check_success(run_job("square", {"7"}), "49\n");
  check_success(run_job("square", {"1", "-2", "0", "3037000499"}), "1\n4\n0\n9223372030926249001\n");
}

TEST_CASE("square prints nothing when a word is wrong", "[jobs]") {
  check_refusal(run_job("square", {}), "square: no words given (usage: square NUMBER...)");
  check_refusal(run_job("square", {"7", "x"}), "square: 'x' is not a whole number");
  check_refusal(run_job("square", {"7 "}), "square: '7 ' is not a whole number");
  check_refusal(run_job("square", {""}), "square: '' is not a whole number");
}

TEST_CASE("square detects overflow", "[jobs]") {
  const std::string word = GENERATE("3037000500", "-9223372036854775808");
  check_refusal(run_job("square", {word}), "square: '" + word + "' is too large: its square does not fit in 64 bits");
  check_refusal(run_job("square", {"9223372036854775808"}),
                "square: '9223372036854775808' is too large: the largest is 9223372036854775807");
}

TEST_CASE("word_count counts words whatever their case", "[jobs]") {
  check_success(run_job("word_count", {}, "The cat's the\n\xc3\xa9t\xc3\xa9, THE a"), "-\t6\t4\tthe\n");
  check_success(run_job("word_count", {"-"}, "b a b a"), "-\t4\t2\ta\n");
  check_success(run_job("word_count", {}, ""), "-\t0\t0\t-\n");
}

TEST_CASE("word_count keeps a word whole across its reads", "[jobs]") {
  const std::string word(100'000, 'w');
  check_success(run_job("word_count", {}, word + " " + word), "-\t2\t1\t" + word + "\n");
}

TEST_CASE("word_count goes on after a file that it cannot read", "[jobs]") {
  const TempDir dir;
  const std::string file = dir.write("text", "one two two");
  const Result ended = run_job("word_count", {"/nowhere", file});
  CHECK(ended.out == file + "\t3\t2\ttwo\n");
  CHECK(ended.err == "word_count: cannot read '/nowhere': No such file or directory\n");
  CHECK(ended.exit_status == 1);
}

TEST_CASE("word_count does not take a folder for an empty file", "[jobs]") {
  check_refusal(run_job("word_count", {"/"}), "word_count: cannot read '/': Is a directory", 1);
}

TEST_CASE("prime_count includes both ends of its range", "[jobs]") {
  struct Example {
    Argv words;
    std::string count;
  };
  const auto example = GENERATE(values<Example>({
      {{"0..1"}, "0"},
      {{"0", "2"}, "1"},
      {{"2..2"}, "1"},
      {{"4..4"}, "0"},
      {{"25..25"}, "0"},
      {{"7", "11"}, "2"},
      {{"1..100000"}, "9592"},
      {{"3..262147"}, "23000"},                    // a whole segment, and a prime alone in the next
      {{"99999999999900..100000000000000"}, "6"},  // the largest range ends here
  }));
  CAPTURE(example.words);
  check_success(run_job("prime_count", example.words), example.count + "\n");
}

TEST_CASE("prime_count finds the same primes in one range as in its parts", "[jobs]") {
  int parts = 0;
  for (const char* part : {"1..1000", "1001..500000", "500001..1000000"})
    parts += std::stoi(run_job("prime_count", {part}).out);
  CHECK(parts == 78498);
  check_success(run_job("prime_count", {"1..1000000"}), "78498\n");
}

TEST_CASE("prime_count says what is wrong with a range", "[jobs]") {
  check_refusal(run_job("prime_count", {}), "prime_count: no words given (usage: prime_count FROM[..TO] [TO])");
  check_refusal(run_job("prime_count", {"5"}), "prime_count: '5' is not a range such as 1..100");
  check_refusal(run_job("prime_count", {"1..x"}), "prime_count: 'x' is not a whole number");
  check_refusal(run_job("prime_count", {"-1..4"}), "prime_count: '-1' is too small: the smallest is 0");
  check_refusal(run_job("prime_count", {"1..5", "9"}), "prime_count: '9' is too much: one range is wanted");
  check_refusal(run_job("prime_count", {"9..1"}), "prime_count: '9' is larger than '1': give the smaller number first");
  check_refusal(run_job("prime_count", {"1..99999999999999999999"}),
                "prime_count: '99999999999999999999' is too large: the largest is 100000000000000");
}

TEST_CASE("checksum.sh prints size, checksum and name, whatever the name", "[jobs]") {
  const TempDir dir;
  const std::string file = dir.write("a b'c\\d", "abc");
  check_success(run_job("checksum.sh", {file}),
                "3\tba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\t" + file + "\n");
}

TEST_CASE("checksum.sh says which file it cannot read", "[jobs]") {
  check_refusal(run_job("checksum.sh", {"/nowhere"}), "checksum.sh: cannot read '/nowhere': no such file", 1);
  check_refusal(run_job("checksum.sh", {"/"}), "checksum.sh: cannot read '/': not a regular file", 1);
  check_refusal(run_job("checksum.sh", {}), "checksum.sh: no file given");
}

TEST_CASE("a C++ job that cannot write fails", "[jobs]") {
  const std::string command =
      GENERATE("/square 7", "/prime_count 1..9", "/word_count /dev/null");  // through a shell, for its redirection
  const int status = std::system((std::string(MPR_JOBS_DIR) + command + " >/dev/full 2>&1").c_str());
  REQUIRE(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 1);
}
