#include "helper.hpp"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <map>
#include <stdexcept>

namespace helper {

namespace {

void write_all(int fd, const char* data, size_t size) {
  while (size > 0) {
    const ssize_t written = write(fd, data, size);
    if (written < 0) throw std::runtime_error("cannot write");
    data += written;
    size -= static_cast<size_t>(written);
  }
}

/// "0000001\n0000002\n...": lost, doubled and swapped pieces all show.
class NumberedLines {
 public:
  std::string next(size_t size) {
    while (text_.size() < size) {
      char line[16];
      text_.append(line, static_cast<size_t>(snprintf(line, sizeof line, "%09u\n", ++line_)));
    }
    std::string piece = text_.substr(0, size);
    text_.erase(0, size);
    return piece;
  }

 private:
  unsigned line_ = 0;
  std::string text_;
};

}  // namespace

const std::string& word(const Words& words, size_t n) {
  if (n >= words.size()) throw std::runtime_error("a word is missing");
  return words[n];
}

long number(const Words& words, size_t n) {
  return std::stol(word(words, n));
}

void touch(const std::string& path) {
  const int fd = open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
  if (fd < 0) throw std::runtime_error("cannot create " + path);
  close(fd);
}

int exit_with(const Words& words) {
  return static_cast<int>(number(words, 0));
}

int signal_with(const Words& words) {
  const int signal_number = static_cast<int>(number(words, 0));
  signal(signal_number, SIG_DFL);
  raise(signal_number);
  return 0;
}

int write_out(const Words& words) {
  NumberedLines lines;
  for (size_t left = static_cast<size_t>(number(words, 0)); left > 0;) {
    const std::string piece = lines.next(std::min<size_t>(left, 65530));
    write_all(1, piece.data(), piece.size());
    left -= piece.size();
  }
  return 0;
}

int write_both(const Words& words) {
  NumberedLines out;
  NumberedLines err;
  for (size_t left = static_cast<size_t>(number(words, 0)); left > 0;) {
    const size_t size = std::min<size_t>(left, 5000);
    const std::string to_out = out.next(size);
    const std::string to_err = err.next(size);
    write_all(1, to_out.data(), size);
    write_all(2, to_err.data(), size);
    left -= size;
  }
  return 0;
}

int print_args(const Words& words) {
  for (const std::string& each : words) {
    printf("%zu ", each.size());
    for (const char byte : each) printf("%02x", static_cast<unsigned char>(byte));
    printf("\n");
  }
  return 0;
}

int print_env(const Words& words) {
  for (const std::string& name : words) {
    const char* value = getenv(name.c_str());
    if (value != nullptr) printf("%s\n", value);
  }
  return 0;
}

int await_file(const Words& words) {
  const timespec pause{0, 2'000'000};
  while (access(word(words, 0).c_str(), F_OK) != 0) nanosleep(&pause, nullptr);
  return 0;
}

int print_open_files(const Words&) {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  printf("%llu\n", static_cast<unsigned long long>(limit.rlim_cur));
  return 0;
}

}  // namespace helper

int main(int argc, char** argv) {
  using namespace helper;
  static const std::map<std::string, int (*)(const Words&)> commands{
      {"exit", exit_with},
      {"signal", signal_with},
      {"write-out", write_out},
      {"args", print_args},
      {"write-both", write_both},
      {"env", print_env},
      {"await", await_file},
      {"open-files", print_open_files},
      {"daemon", start_daemon},
      {"ignoring", ignoring},
      {"ignore-term", ignore_term},
      {"blocking", blocking},
      {"peak", measure_peak},
      {"answer-lines", answer_lines},
      {"answer-json", answer_json},
      {"without-namespaces", without_namespaces},
      {"without-pinning", without_pinning},
  };
  try {
    const Words words(argv + std::min(argc, 2), argv + argc);
    const auto command = commands.find(argc > 1 ? argv[1] : "");
    if (command == commands.end()) throw std::runtime_error("no such command");
    return command->second(words);
  } catch (const std::exception& error) {
    fprintf(stderr, "helper: %s\n", error.what());
    return 100;
  }
}
