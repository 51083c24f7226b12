// Running: a program that has been started, in a session of its own, with pipes for its three standard streams.
//
//   Running sleeper({"sh", "-c", "echo ready; sleep 1000"});
//   sleeper.read_until("ready\n");
//   sleeper.signal(SIGTERM);
//   Result result = sleeper.wait();
//
//   Result result = run({"seq", "4"});       // start and wait in one
//
// All output is read while waiting for whatever it is, so no amount of it blocks the program. The program starts with
// default signal dispositions, an empty signal mask and no descriptors but its three.
//
// Ownership: the destructor kills what is left of the session and reaps the program.
// Errors: LimitPassed when something did not come in time; std::runtime_error when the program cannot be started.
#pragma once

#include <sys/types.h>

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "support/result.hpp"
#include "support/wait_until.hpp"

namespace mpr::test {

using Argv = std::vector<std::string>;

struct Options {
  std::string input{};                                     ///< written to its stdin, which is closed then ...
  bool keep_stdin = false;                                 ///< ... unless it is to stay open until close_stdin()
  std::vector<std::pair<std::string, std::string>> env{};  ///< added to ours
  std::string directory{};                                 ///< none: ours
  Limit limit = std::chrono::seconds{20} * kSlowness;      ///< on the whole life of the program
  std::function<bool()>
      in_child{};  ///< called before the exec, async-signal-safe calls only; false: failed, with errno
};

class Running {
 public:
  explicit Running(const Argv& argv, const Options& options = {});
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;
  ~Running();

  [[nodiscard]] pid_t pid() const { return pid_; }
  void signal(int number) const;
  void write(const std::string& text) { input_ += text; }
  void close_stdin() { keep_stdin_ = false; }

  /// Reads until what stdout (or stderr) has given so far contains `text`; answers all of that.
  const std::string& read_until(const std::string& text);
  const std::string& read_err_until(const std::string& text);

  /// Waits until the program ends, whoever else still has its pipes: those are read until they end, or for a moment.
  Result wait();

 private:
  void read_until(const std::function<bool()>& condition, const std::string& what);
  void transfer(Limit at_most);
  void feed();
  void drain(int& fd, std::string& into) const;
  [[nodiscard]] bool reap();
  void end_session();

  pid_t pid_ = -1;
  int exit_fd_ = -1;  // a pidfd: readable when the program has ended
  int in_ = -1;
  int out_ = -1;
  int err_ = -1;
  std::string input_;
  bool keep_stdin_;
  Clock::time_point started_ = Clock::now();
  Clock::time_point deadline_;
  bool ended_ = false;
  Result result_;
};

Result run(const Argv& argv, const Options& options = {});

}  // namespace mpr::test
