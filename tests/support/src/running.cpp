#include "support/running.hpp"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <stdexcept>

#include "launch.hpp"

namespace mpr::test {

namespace {

/// After the program's end, for how long its pipes are read if somebody else keeps them open.
constexpr Limit kAfterEnd{200};

struct Pipe {
  int read_end = -1;
  int write_end = -1;
};

Pipe make_pipe() {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("pipe2 failed");
  return {ends[0], ends[1]};
}

void set_nonblocking(int fd) {
  fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
}

}  // namespace

Running::Running(const Argv& argv, const Options& options)
    : input_(options.input), keep_stdin_(options.keep_stdin), deadline_(started_ + options.limit) {
  ::signal(SIGPIPE, SIG_IGN);  // a program need not read what it is sent; launch() gives it the default back
  Pipe in = make_pipe();
  Pipe out = make_pipe();
  Pipe err = make_pipe();
  pid_ = launch(argv, options, [&] {
    const bool ready =
        setsid() >= 0 && dup2(in.read_end, 0) == 0 && dup2(out.write_end, 1) == 1 && dup2(err.write_end, 2) == 2;
    return ready && (!options.in_child || options.in_child());
  });
  for (const int theirs : {in.read_end, out.write_end, err.write_end}) ::close(theirs);
  in_ = in.write_end;
  out_ = out.read_end;
  err_ = err.read_end;
  for (const int ours : {in_, out_, err_}) set_nonblocking(ours);
  exit_fd_ = open_pidfd(pid_);
}

Running::~Running() {
  end_session();
}

void Running::end_session() {
  kill_session(pid_);
  if (!ended_) reap_into(pid_, result_);
  ended_ = true;
  for (int* fd : {&exit_fd_, &in_, &out_, &err_}) close_if_open(*fd);
}

void Running::signal(int number) const {
  if (ended_) throw std::logic_error("the program has been reaped: its pid may be another's");
  ::kill(pid_, number);
}

void Running::feed() {
  while (!input_.empty()) {
    const ssize_t written = ::write(in_, input_.data(), input_.size());
    if (written < 0) {
      if (errno == EPIPE) close_if_open(in_);
      return;
    }
    input_.erase(0, static_cast<size_t>(written));
  }
  if (!keep_stdin_) close_if_open(in_);
}

void Running::drain(int& fd, std::string& into) const {
  std::array<char, 65536> buffer;
  while (fd >= 0) {
    const ssize_t got = ::read(fd, buffer.data(), buffer.size());
    if (got > 0) {
      into.append(buffer.data(), static_cast<size_t>(got));
    } else if (got == 0) {
      close_if_open(fd);
    } else {
      return;
    }
  }
}

void Running::transfer(Limit at_most) {
  const bool feeding = in_ >= 0 && (!input_.empty() || !keep_stdin_);
  std::array<pollfd, 4> waits{pollfd{feeding ? in_ : -1, POLLOUT, 0}, pollfd{out_, POLLIN, 0}, pollfd{err_, POLLIN, 0},
                              pollfd{ended_ ? -1 : exit_fd_, POLLIN, 0}};
  ::poll(waits.data(), waits.size(), static_cast<int>(std::max(at_most, Limit{0}).count()));
  if (waits[0].revents != 0) feed();
  drain(out_, result_.out);
  drain(err_, result_.err);
  if (waits[3].revents != 0) ended_ = reap();
}

bool Running::reap() {
  reap_into(pid_, result_);
  close_if_open(exit_fd_);
  result_.seconds = std::chrono::duration<double>(Clock::now() - started_).count();
  return true;
}

void Running::read_until(const std::function<bool()>& condition, const std::string& what) {
  while (!condition()) {
    const auto left = std::chrono::ceil<Limit>(deadline_ - Clock::now());
    const bool silent = out_ < 0 && err_ < 0 && ended_;
    if (left <= Limit{0} || silent) {
      end_session();
      throw LimitPassed("no " + what + " came; so far: " + result_.out.substr(0, 2000) + result_.err.substr(0, 2000));
    }
    transfer(left);
  }
}

const std::string& Running::read_until(const std::string& text) {
  read_until([&] { return contains(result_.out, text); }, "'" + text + "' on stdout");
  return result_.out;
}

const std::string& Running::read_err_until(const std::string& text) {
  read_until([&] { return contains(result_.err, text); }, "'" + text + "' on stderr");
  return result_.err;
}

Result Running::wait() {
  read_until([&] { return ended_; }, "end of the program");
  const auto until = Clock::now() + kAfterEnd;
  while ((out_ >= 0 || err_ >= 0) && Clock::now() < until) transfer(std::chrono::ceil<Limit>(until - Clock::now()));
  return result_;
}

Result run(const Argv& argv, const Options& options) {
  return Running(argv, options).wait();
}

}  // namespace mpr::test
