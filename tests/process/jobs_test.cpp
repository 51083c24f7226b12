// The example jobs, run as anybody would run them. MPR_JOBS_DIR is the folder that they were built into.
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

namespace {

using Words = std::vector<std::string>;

struct CloseFile {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
using File = std::unique_ptr<std::FILE, CloseFile>;

/// An unnamed file that holds `text`, to be read from its start.
File file_with(const std::string& text = {}) {
  File file(std::tmpfile());
  if (!file || std::fwrite(text.data(), 1, text.size(), file.get()) != text.size()) throw std::runtime_error("tmpfile");
  std::rewind(file.get());
  return file;
}

std::string contents(const File& file) {
  std::string text;
  std::array<char, 4096> buffer{};
  std::rewind(file.get());
  for (size_t bytes = 0; (bytes = std::fread(buffer.data(), 1, buffer.size(), file.get())) > 0;) {
    text.append(buffer.data(), bytes);
  }
  return text;
}

struct Ended {
  int exit_status;  ///< -1 when a signal ended it
  std::string out;
  std::string err;
};

/// Runs a job with `input` on its standard input; files, not pipes, so that neither side can block.
Ended run(const std::string& job, Words words, const std::string& input = {}) {
  words.insert(words.begin(), std::string(MPR_JOBS_DIR) + "/" + job);
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);

  const std::array<File, 3> files{file_with(input), file_with(), file_with()};
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  for (int fd = 0; fd < 3; ++fd)
    posix_spawn_file_actions_adddup2(&actions, fileno(files[static_cast<size_t>(fd)].get()), fd);
  pid_t child = 0;
  const int error = posix_spawn(&child, argv[0], &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  INFO("starting " << argv[0]);
  REQUIRE(error == 0);
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, contents(files[1]), contents(files[2])};
}

void check_success(const Ended& ended, const std::string& out) {
  CHECK(ended.out == out);
  CHECK(ended.err.empty());
  CHECK(ended.exit_status == 0);
}

void check_refusal(const Ended& ended, const std::string& err, int exit_status = 2) {
  CHECK(ended.out.empty());
  CHECK(ended.err == err + "\n");
  CHECK(ended.exit_status == exit_status);
}

/// A named file in a folder of its own, which goes with this object.
class NamedFile {
 public:
  NamedFile(const std::string& name, const std::string& text) {
    if (mkdtemp(folder_.data()) == nullptr) throw std::runtime_error("mkdtemp");
    path_ = folder_ + "/" + name;
    const File file(std::fopen(path_.c_str(), "w"));
    if (!file || std::fwrite(text.data(), 1, text.size(), file.get()) != text.size()) throw std::runtime_error(path_);
  }
  NamedFile(const NamedFile&) = delete;
  NamedFile& operator=(const NamedFile&) = delete;
  ~NamedFile() {
    unlink(path_.c_str());
    rmdir(folder_.c_str());
  }

  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string folder_ = "/tmp/mpr-jobs-test.XXXXXX";
  std::string path_;
};

}  // namespace

TEST_CASE("every job explains itself", "[jobs]") {
  const std::string job = GENERATE("square", "word_count", "prime_count", "checksum.sh");
  const Ended ended = run(job, {"--help"});
  CHECK(ended.out.rfind("usage: " + job, 0) == 0);
  CHECK(ended.err.empty());
  CHECK(ended.exit_status == 0);
}

TEST_CASE("square prints the square of each number", "[jobs]") {
  check_success(run("square", {"7"}), "49\n");
  check_success(run("square", {"1", "-2", "0", "3037000499"}), "1\n4\n0\n9223372030926249001\n");
}

TEST_CASE("square prints nothing when a word is wrong", "[jobs]") {
  check_refusal(run("square", {}), "square: no words given (usage: square NUMBER...)");
  check_refusal(run("square", {"7", "x"}), "square: 'x' is not a whole number");
  check_refusal(run("square", {"7 "}), "square: '7 ' is not a whole number");
  check_refusal(run("square", {""}), "square: '' is not a whole number");
}

TEST_CASE("square detects overflow", "[jobs]") {
  const std::string word = GENERATE("3037000500", "-9223372036854775808");
  check_refusal(run("square", {word}), "square: '" + word + "' is too large: its square does not fit in 64 bits");
  check_refusal(run("square", {"9223372036854775808"}),
                "square: '9223372036854775808' is too large: the largest is 9223372036854775807");
}

TEST_CASE("word_count counts words whatever their case", "[jobs]") {
  check_success(run("word_count", {}, "The cat's the\n\xc3\xa9t\xc3\xa9, THE a"), "-\t6\t4\tthe\n");
  check_success(run("word_count", {"-"}, "b a b a"), "-\t4\t2\ta\n");
  check_success(run("word_count", {}, ""), "-\t0\t0\t-\n");
}

TEST_CASE("word_count keeps a word whole across its reads", "[jobs]") {
  const std::string word(100'000, 'w');
  check_success(run("word_count", {}, word + " " + word), "-\t2\t1\t" + word + "\n");
}

TEST_CASE("word_count goes on after a file that it cannot read", "[jobs]") {
  const NamedFile file("text", "one two two");
  const Ended ended = run("word_count", {"/nowhere", file.path()});
  CHECK(ended.out == file.path() + "\t3\t2\ttwo\n");
  CHECK(ended.err == "word_count: cannot read '/nowhere': No such file or directory\n");
  CHECK(ended.exit_status == 1);
}

TEST_CASE("word_count does not take a folder for an empty file", "[jobs]") {
  check_refusal(run("word_count", {"/"}), "word_count: cannot read '/': Is a directory", 1);
}

TEST_CASE("prime_count includes both ends of its range", "[jobs]") {
  struct Example {
    Words words;
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
  check_success(run("prime_count", example.words), example.count + "\n");
}

TEST_CASE("prime_count finds the same primes in one range as in its parts", "[jobs]") {
  int parts = 0;
  for (const char* part : {"1..1000", "1001..500000", "500001..1000000"})
    parts += std::stoi(run("prime_count", {part}).out);
  CHECK(parts == 78498);
  check_success(run("prime_count", {"1..1000000"}), "78498\n");
}

TEST_CASE("prime_count says what is wrong with a range", "[jobs]") {
  check_refusal(run("prime_count", {}), "prime_count: no words given (usage: prime_count FROM[..TO] [TO])");
  check_refusal(run("prime_count", {"5"}), "prime_count: '5' is not a range such as 1..100");
  check_refusal(run("prime_count", {"1..x"}), "prime_count: 'x' is not a whole number");
  check_refusal(run("prime_count", {"-1..4"}), "prime_count: '-1' is too small: the smallest is 0");
  check_refusal(run("prime_count", {"1..5", "9"}), "prime_count: '9' is too much: one range is wanted");
  check_refusal(run("prime_count", {"9..1"}), "prime_count: '9' is larger than '1': give the smaller number first");
  check_refusal(run("prime_count", {"1..99999999999999999999"}),
                "prime_count: '99999999999999999999' is too large: the largest is 100000000000000");
}

TEST_CASE("checksum.sh prints size, checksum and name, whatever the name", "[jobs]") {
  const NamedFile file("a b'c\\d", "abc");
  check_success(run("checksum.sh", {file.path()}),
                "3\tba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\t" + file.path() + "\n");
}

TEST_CASE("checksum.sh says which file it cannot read", "[jobs]") {
  check_refusal(run("checksum.sh", {"/nowhere"}), "checksum.sh: cannot read '/nowhere': no such file", 1);
  check_refusal(run("checksum.sh", {"/"}), "checksum.sh: cannot read '/': not a regular file", 1);
  check_refusal(run("checksum.sh", {}), "checksum.sh: no file given");
}

TEST_CASE("a C++ job that cannot write fails", "[jobs]") {
  const std::string command =
      GENERATE("/square 7", "/prime_count 1..9", "/word_count /dev/null");  // through a shell, for its redirection
  const int status = std::system((std::string(MPR_JOBS_DIR) + command + " >/dev/full 2>&1").c_str());
  REQUIRE(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 1);
}
