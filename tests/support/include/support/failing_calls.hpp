// FailingCalls: runs a program of which the n-th system call of a kind fails, or is the last that it makes.
//
//   FailingCalls calls({.calls = {"openat"}, .nth = 3, .error = EMFILE});
//   const Result result = run(mpr_argv({"map", ...}), calls.into(census.mark(options)));
//   const FailingCalls::Report report = calls.finish();
//   // report.reached: there was a third one
//
// The kernel asks before each such call (seccomp(2), SECCOMP_RET_USER_NOTIF), and a thread here answers: go on, or the
// error. The filter is inherited by all that the program starts. Calls count from the program's main on: those of the
// dynamic linker are not its own. (The mark is the first fcntl, with which mpr's main begins.)
//
// Ownership: the destructor ends the thread. What still lives by then gets ENOSYS for its calls.
// Threads: one test at a time may use an object.
// Limits: of fcntl, those that duplicate a descriptor or lock a file count alone; others cannot fail.
#pragma once

#include <sys/types.h>

#include <array>
#include <atomic>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "support/running.hpp"

namespace mpr::test {

/// Whose calls count; may be added up.
enum Whose : unsigned {
  kMain = 1,      ///< of the program itself
  kWorkers = 2,   ///< of the processes that it forks
  kStarting = 4,  ///< of those that these fork, until their exec
  kTasks = 8,     ///< of all others
};

struct Fault {
  std::vector<std::string> calls{};  ///< by their names; none: every call
  unsigned nth = 0;                  ///< from 1; 0: none fails, they are counted only
  int error = 0;                     ///< 0: SIGKILL for whoever makes the call
  unsigned whose = kMain;
  bool lasting = false;  ///< all after the n-th fail, too
};

class FailingCalls {
 public:
  struct Report {
    bool reached = false;                  ///< whether there was an n-th call
    std::string call;                      ///< its name ...
    Whose whose = kMain;                   ///< ... who made it ...
    std::array<unsigned long, 2> words{};  ///< ... and with which arguments
    unsigned counted = 0;                  ///< calls that the fault could have met
    std::map<std::pair<Whose, std::string>, unsigned> seen;
  };

  /// Why it cannot be done here; none: it can.
  static const std::optional<std::string>& obstacle();

  explicit FailingCalls(Fault fault);
  FailingCalls(const FailingCalls&) = delete;
  FailingCalls& operator=(const FailingCalls&) = delete;
  ~FailingCalls();

  /// `options` of the program to which it happens.
  [[nodiscard]] Options into(Options options) const;

  /// Waits, for a moment, until all that had the filter is gone.
  Report finish();

 private:
  class Supervisor;
  std::unique_ptr<Supervisor> supervisor_;
};

}  // namespace mpr::test
