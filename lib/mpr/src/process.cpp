#include "mpr/process.hpp"

#include <cxxabi.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <typeinfo>

#include "os/fork.hpp"

namespace mpr {
namespace {

std::string readable_type(const std::type_info& type) {
  const std::unique_ptr<char, void (*)(void*)> name{abi::__cxa_demangle(type.name(), nullptr, nullptr, nullptr),
                                                    &std::free};
  return name ? name.get() : type.name();
}

/// Runs the child's function; an exception that leaves it is told on stderr, as C++ programs and Python do.
int run_in_child(const std::function<int()>& body) {
  try {
    return body();
  } catch (const std::exception& error) {
    std::fprintf(stderr, "Process %d: %s: %s\n", static_cast<int>(::getpid()), readable_type(typeid(error)).c_str(),
                 error.what());
  } catch (...) {
    std::fprintf(stderr, "Process %d: an exception that is not a std::exception\n", static_cast<int>(::getpid()));
  }
  return 1;
}

// Somebody else has waited for the child, or SIGCHLD is ignored: how it ended is not known. Python says the same.
constexpr int kUnknownExit = 255;

int code_of(const os::ProcessEnd& end) {
  if (end.lost) return kUnknownExit;
  return end.status.signal() ? -end.status.signal() : end.status.code();
}

}  // namespace

Process& Process::operator=(Process&& other) noexcept {
  if (this == &other) return *this;
  if (child_) join();
  body_ = std::move(other.body_);
  child_ = std::move(other.child_);
  pid_ = other.pid_;
  exit_code_ = other.exit_code_;
  return *this;
}

Process::~Process() {
  if (child_) join();
}

void Process::require_started(const char* what) const {
  if (!pid_) throw std::logic_error(std::string(what) + " before start()");
}

void Process::start() {
  if (pid_) throw std::logic_error("start() twice");
  child_ = os::fork_child([this] { return run_in_child(body_); });
  pid_ = child_.pid();
  body_ = nullptr;
}

void Process::join() {
  (void)join_until(os::kNever);
}

bool Process::join_until(std::chrono::steady_clock::time_point deadline) {
  require_started("join()");
  if (!child_) return true;
  const auto end = child_.wait_until(deadline);
  if (end) exit_code_ = code_of(*end);
  return end.has_value();
}

bool Process::is_alive() {
  return pid_ && !join_until(os::Time::min());
}

std::optional<int> Process::exit_code() {
  if (pid_) (void)join_until(os::Time::min());
  return exit_code_;
}

std::optional<int> Process::pid() const {
  return pid_;
}

}  // namespace mpr
