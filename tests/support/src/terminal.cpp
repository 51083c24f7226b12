#include "support/terminal.hpp"

#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <utmp.h>

#include <array>
#include <stdexcept>

#include "launch.hpp"

namespace mpr::test {

namespace {

winsize window(TerminalSize size) {
  winsize window{};
  window.ws_col = size.columns;
  window.ws_row = size.rows;
  return window;
}

}  // namespace

Terminal::Terminal(const Argv& argv, const Options& options, TerminalSize size) : deadline_(started_ + options.limit) {
  const winsize dimensions = window(size);
  int slave = -1;
  if (openpty(&master_, &slave, nullptr, nullptr, &dimensions) != 0) throw std::runtime_error("openpty failed");
  pid_ = launch(argv, options, [&] { return login_tty(slave) == 0; });  // setsid, controlling terminal, 0 to 2
  ::close(slave);
  fcntl(master_, F_SETFL, O_NONBLOCK);
  exit_fd_ = open_pidfd(pid_);
}

Terminal::~Terminal() {
  end_session();
}

void Terminal::end_session() {
  kill_session(pid_);
  if (!ended_) reap_into(pid_, result_);
  ended_ = true;
  close_if_open(exit_fd_);
  close_if_open(master_);
}

void Terminal::type(const std::string& keys) const {
  if (::write(master_, keys.data(), keys.size()) != static_cast<ssize_t>(keys.size())) {
    throw std::runtime_error("cannot type into the terminal");
  }
}

void Terminal::resize(TerminalSize size) const {
  const winsize dimensions = window(size);
  if (ioctl(master_, TIOCSWINSZ, &dimensions) != 0) throw std::runtime_error("cannot resize the terminal");
}

void Terminal::hang_up() {
  close_if_open(master_);
}

void Terminal::read_available() {
  std::array<char, 4096> buffer;
  while (master_ >= 0) {
    const ssize_t got = ::read(master_, buffer.data(), buffer.size());
    if (got <= 0) return;  // nothing now, or (EIO) nobody has the terminal open any more
    result_.out.append(buffer.data(), static_cast<size_t>(got));
  }
}

void Terminal::read_until(const std::function<bool()>& condition, const std::string& what) {
  while (!condition()) {
    const auto left = std::chrono::ceil<Limit>(deadline_ - Clock::now());
    if (left <= Limit{0} || ended_) {
      end_session();
      throw LimitPassed("no " + what + " came; the screen: " + result_.out);
    }
    std::array<pollfd, 2> waits{pollfd{master_, POLLIN, 0}, pollfd{exit_fd_, POLLIN, 0}};
    ::poll(waits.data(), waits.size(), static_cast<int>(left.count()));
    if (waits[1].revents != 0) {
      reap_into(pid_, result_);
      result_.seconds = std::chrono::duration<double>(Clock::now() - started_).count();
      ended_ = true;
    }
    read_available();
  }
}

const std::string& Terminal::wait_for(const std::string& text) {
  read_until([&] { return contains(result_.out, text); }, "'" + text + "'");
  return result_.out;
}

Result Terminal::wait() {
  read_until([&] { return ended_; }, "end of the program");
  return result_;
}

}  // namespace mpr::test
