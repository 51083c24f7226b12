// Terminal: a program that runs in a terminal of its own, and somebody who types there and reads the screen.
//
//   Terminal terminal({"cat"});
//   terminal.type("hello\n");
//   terminal.wait_for("hello");
//   terminal.type(Terminal::kCtrlC);
//   CHECK(terminal.wait().signal == SIGINT);
//
// Result::out is everything that was shown, as the program (and the terminal's echo) wrote it; newlines are "\r\n".
// Ownership and errors: as Running's. Options::input and keep_stdin mean nothing here.
#pragma once

#include <string>

#include "support/running.hpp"

namespace mpr::test {

struct TerminalSize {
  unsigned short columns = 80;
  unsigned short rows = 24;
};

class Terminal {
 public:
  static constexpr const char* kCtrlC = "\x03";

  explicit Terminal(const Argv& argv, const Options& options = {}, TerminalSize size = {});
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;
  ~Terminal();

  [[nodiscard]] pid_t pid() const { return pid_; }
  void type(const std::string& keys) const;
  void resize(TerminalSize size) const;

  /// Reads until what has been shown so far contains `text`; answers all of that.
  const std::string& wait_for(const std::string& text);
  Result wait();

  /// Closes the terminal, as when its window is closed: the program's session is sent SIGHUP.
  void hang_up();

 private:
  void read_until(const std::function<bool()>& condition, const std::string& what);
  void read_available();
  void end_session();

  pid_t pid_ = -1;
  int exit_fd_ = -1;
  int master_ = -1;
  Clock::time_point started_ = Clock::now();
  Clock::time_point deadline_;
  bool ended_ = false;
  Result result_;
};

}  // namespace mpr::test
