#include "os/signals.hpp"

#include <sys/signalfd.h>
#include <unistd.h>

#include <cstdlib>

#include "os/error.hpp"

namespace mpr::os {
namespace {

sigset_t set_of(const std::vector<int>& signals) {
  sigset_t set;
  ::sigemptyset(&set);
  for (const int signal : signals) ::sigaddset(&set, signal);
  return set;
}

void set_disposition(int signal, void (*disposition)(int)) {
  struct sigaction action {};
  action.sa_handler = disposition;
  action.sa_flags = SA_RESTART;
  ::sigemptyset(&action.sa_mask);
  check(::sigaction(signal, &action, nullptr), "sigaction");
}

bool has_handler(int signal) {
  struct sigaction action {};
  return ::sigaction(signal, nullptr, &action) == 0 && action.sa_handler != SIG_DFL && action.sa_handler != SIG_IGN;
}

}  // namespace

SignalState SignalState::current() {
  SignalState state{};
  check(::sigprocmask(SIG_SETMASK, nullptr, &state.mask), "sigprocmask");
  ::sigemptyset(&state.ignored);
  for (int signal = 1; signal < NSIG; ++signal) {
    struct sigaction action {};
    if (::sigaction(signal, nullptr, &action) == 0 && action.sa_handler == SIG_IGN) ::sigaddset(&state.ignored, signal);
  }
  return state;
}

bool SignalState::ignores(int signal) const {
  return ::sigismember(&ignored, signal) == 1;
}

SignalReset SignalReset::to(const SignalState& target) {
  const SignalState now = SignalState::current();
  SignalReset reset{};
  reset.mask = target.mask;
  ::sigemptyset(&reset.to_ignore);
  ::sigemptyset(&reset.to_default);
  for (int signal = 1; signal < NSIG; ++signal) {
    if (target.ignores(signal) && !now.ignores(signal)) ::sigaddset(&reset.to_ignore, signal);
    if (!target.ignores(signal) && (now.ignores(signal) || has_handler(signal))) ::sigaddset(&reset.to_default, signal);
  }
  return reset;
}

void ignore_signal(int signal) {
  set_disposition(signal, SIG_IGN);
}
void default_signal(int signal) {
  set_disposition(signal, SIG_DFL);
}

void neglect_signal(int signal) {
  set_disposition(signal, [](int) {});
}

void block_all() {
  sigset_t all;
  ::sigfillset(&all);
  check(::sigprocmask(SIG_SETMASK, &all, nullptr), "sigprocmask");
}

void block_only(const std::vector<int>& signals) {
  const sigset_t wanted = set_of(signals);
  check(::sigprocmask(SIG_SETMASK, &wanted, nullptr), "sigprocmask");
}

void block_too(const std::vector<int>& signals) {
  const sigset_t wanted = set_of(signals);
  check(::sigprocmask(SIG_BLOCK, &wanted, nullptr), "sigprocmask");
}

MaskGuard::MaskGuard() : before_{} {
  check(::sigprocmask(SIG_SETMASK, nullptr, &before_), "sigprocmask");
}

MaskGuard::~MaskGuard() {
  const sigset_t told = set_of({SIGPIPE, SIGXFSZ});
  const timespec now{};
  while (::sigtimedwait(&told, nullptr, &now) > 0) {
  }
  ::sigprocmask(SIG_SETMASK, &before_, nullptr);
}

SignalSource::SignalSource(const std::vector<int>& signals) {
  const sigset_t wanted = set_of(signals);
  block_too(signals);
  fd_.reset(check(::signalfd(-1, &wanted, SFD_CLOEXEC | SFD_NONBLOCK), "signalfd"));
}

std::optional<int> SignalSource::next() {
  signalfd_siginfo info{};
  const ssize_t got = retry_eintr([&] { return ::read(fd_.get(), &info, sizeof info); });
  if (got == static_cast<ssize_t>(sizeof info)) return static_cast<int>(info.ssi_signo);
  return std::nullopt;
}

void stop_this_process() {
  const sigset_t only = set_of({SIGTSTP});
  check(::sigprocmask(SIG_BLOCK, &only, nullptr), "sigprocmask");
  ::raise(SIGTSTP);
  // It comes now: whoever continues us lets us return from here.
  check(::sigprocmask(SIG_UNBLOCK, &only, nullptr), "sigprocmask");
  check(::sigprocmask(SIG_BLOCK, &only, nullptr), "sigprocmask");
}

void die_by_signal(int signal) {
  default_signal(signal);
  const sigset_t only = set_of({signal});
  ::sigprocmask(SIG_UNBLOCK, &only, nullptr);
  ::raise(signal);
  ::_exit(128 + signal);  // a signal whose default is not to end the process
}

}  // namespace mpr::os
