// deed: a job that does what its word says, in all the ways in which a program prints and ends, for the tests.
//
//   deed print          prints by std::printf
//   deed append:PATH    appends a line with its MPR_TASK to the file
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cwchar>
#include <exception>
#include <functional>
#include <iostream>
#include <map>
#include <stdexcept>

#include <mpr/job.hpp>

namespace {

void raw(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(fd, text.data(), text.size());
    if (written < 0) std::abort();
    text.remove_prefix(static_cast<size_t>(written));
  }
}

void append(const std::string& path) {
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  raw(file, std::string(std::getenv("MPR_TASK")) + "\n");
  ::close(file);
}

std::string big(size_t bytes) {
  std::string text;
  while (text.size() < bytes) text += std::to_string(text.size()) + ' ';
  return text;
}

std::string mixed() {
  std::printf("a");
  raw(1, "b");
  std::cout << "c";
  std::fprintf(stderr, "d");
  std::cerr << "e";
  raw(2, "f");
  std::clog << "g";
  (void)std::system("echo h; echo i >&2");
  return "j";
}

void spin(std::chrono::nanoseconds time) {
  const auto end = std::chrono::steady_clock::now() + time;
  while (std::chrono::steady_clock::now() < end) {
  }
}

void orphan(const std::string& seconds) {
  if (::fork() != 0) return;
  ::execlp("sleep", "sleep", seconds.c_str(), nullptr);
  ::_exit(127);
}

std::string fork_and_return() {
  std::printf("before ");
  std::fflush(stdout);
  const pid_t child = ::fork();
  if (child == 0) return "child";
  int status = 0;
  ::waitpid(child, &status, 0);
  return "parent " + std::to_string(WEXITSTATUS(status));
}

volatile std::sig_atomic_t signals = 0;

std::string survive() {
  std::signal(SIGTERM, [](int) { signals = 1; });
  while (signals == 0) ::usleep(1000);
  raw(1, "survived\n");
  return "and returned";
}

[[noreturn]] void ignore_term() {
  std::signal(SIGTERM, SIG_IGN);
  for (;;) ::pause();
}

void unsynced() {
  std::ios_base::sync_with_stdio(false);
  std::cout << "cout " << std::flush << "later ";
  std::clog << "clog ";
  std::printf("stdio ");
}

void more_than_a_buffer() {
  std::puts(big(4000).c_str());
  raw(1, "raw");
  std::puts("end");
}

void throw_one(const std::string& what) {
  std::printf("x");
  if (what == "argument") throw std::invalid_argument("no such argument");
  if (what == "error") throw std::runtime_error("no luck");
  throw 42;
}

void end(const std::string& how) {
  std::printf("printed ");
  raw(1, "written ");
  std::cerr << "why";
  if (how == "exit") std::exit(7);
  if (how == "exit0") std::exit(0);
  if (how == "_exit") ::_exit(8);
  if (how == "abort") std::abort();
  if (how == "terminate") std::terminate();
  std::puts(big(5000).c_str());
  std::signal(SIGSEGV, SIG_DFL);  // a sanitizer would have much to say
  ::raise(how == "kill" ? SIGKILL : SIGSEGV);
}

/// What is done, before the word is returned.
const std::map<std::string, std::function<void(const std::string&)>>& acts() {
  using Word = const std::string&;
  static const std::map<std::string, std::function<void(Word)>> all{
      {"print", [](Word word) { std::printf("%s!\n", word.c_str()); }},
      {"cout", [](Word word) { std::cout << word << std::endl
                                         << word; }},
      {"cerr", [](Word word) { std::cerr << word << '\n'; }},
      {"clog", [](Word word) { std::clog << word << '\n'; }},
      {"write", [](Word) { raw(1, "out\n"), raw(2, "err\n"); }},
      {"perror", [](Word) { errno = ENOENT, std::perror("perror"); }},
      {"system", [](Word) { (void)std::system("echo out; echo err >&2; exit 3"); }},
      {"fds", [](Word) { (void)std::system("ls /proc/self/fd | wc -l"); }},
      {"environment", [](Word) { (void)std::system("env | grep ^MPR_ | sort"); }},
      {"more_than_a_buffer", [](Word) { more_than_a_buffer(); }},
      {"unbuffered", [](Word) { std::setvbuf(stdout, nullptr, _IONBF, 0), std::puts("now"); }},
      {"unsynced", [](Word) { unsynced(); }},
      {"wide", [](Word) { std::wprintf(L"wide\n"); }},
      {"big_write", [](Word) { raw(1, big(1'000'000)), raw(2, big(300'000)); }},
      {"throw", throw_one},
      {"end", end},
      {"append", append},
      {"spin", [](Word microseconds) { spin(std::chrono::microseconds(std::stoi(microseconds))); }},
      {"sleep", [](Word milliseconds) { ::usleep(1000 * static_cast<unsigned>(std::stoi(milliseconds))); }},
      {"drip", [](Word) { raw(1, "first\n"), ::sleep(30); }},
      {"dawdle", [](Word) { raw(1, "first\n"), ::usleep(50'000); }},
      {"ignore_term", [](Word) { ignore_term(); }},
      {"orphan", orphan},
  };
  return all;
}

/// What is returned.
const std::map<std::string, std::function<std::string()>>& answers() {
  static const std::map<std::string, std::function<std::string()>> all{
      {"mixed", mixed},
      {"big", [] { return big(1'000'000); }},
      {"task", [] { return std::string(std::getenv("MPR_TASK")) + " " + std::getenv("MPR_ATTEMPT"); }},
      {"read", [] { return std::to_string(std::getchar()); }},
      {"survive", survive},
      {"fork", fork_and_return},
      {"pid", [] { return std::to_string(::getpid()); }},
      {"count",
       [] {
         static int count = 0;
         return std::to_string(++count);
       }},
  };
  return all;
}

std::optional<std::string> deed(const std::string& word) {
  if (word == "nothing") return std::nullopt;
  const size_t colon = word.find(':');
  const std::string name = word.substr(0, colon);
  if (const auto answer = answers().find(name); answer != answers().end()) return answer->second();
  const auto act = acts().find(name);
  if (act == acts().end()) throw std::invalid_argument("'" + word + "' is no deed");
  act->second(colon == std::string::npos ? word : word.substr(colon + 1));
  return word;
}

}  // namespace

MPR_JOB(deed, "Do it.")
