// Process: a function running in a process of its own, as in Python's multiprocessing.
//
//   mpr::Process p([] { std::puts("hello from the child"); });
//   p.start();
//   p.join();          // p.exit_code() == 0
//
// The child is a fork: it sees everything the parent had in memory at start(), and shares nothing afterwards but what
// is made to be shared (Queue, Lock, Value...). Captures are not destroyed in the child, which ends without unwinding:
// flush what they buffer. A child that calls std::exit() runs the exit handlers and static destructors it inherited.
//
// Ownership: move-only. The destructor of a Process whose child runs joins it: it waits, without a limit, until the
//   child has ended. A daemon is terminated first (SIGTERM, after two seconds SIGKILL). terminate() or kill() others
//   where waiting is not wanted. When the program ends by exit() or by returning from main, what the destructors did
//   not see to is joined, daemons terminated. Nothing is waited for on _exit(), std::terminate() or death by a signal.
// Exit code: what the function returns (0 if void); 1 when an exception leaves it, which is told on stderr in one line;
//   -N when signal N killed the child; 255 when that cannot be known, because SIGCHLD is ignored or another part of the
//   program has waited for the child.
// Errors: std::system_error when the system has no more processes; std::logic_error for calls out of order (start()
//   twice, join() before start(), close() of one that runs, any use after close(), joining another process's child);
//   ThreadsRunning, a std::logic_error, for start() in a program that has several threads.
// Threads: only the forking thread would exist in the child, and locks that others held would stay locked in it for
//   ever (fork(2)): start processes before threads. A Pool's own thread does no harm and does not count, nor does a
//   thread that has been joined. One Process belongs to one thread at a time; active_children() may be called by any.
// Processes: only the process that called start() may join. If the parent dies, the child lives on, but a daemon is
//   killed with it, however it dies. A child keeps copies of the descriptors that the parent had open at start(), but
//   for those of this library that tell of other children.
//
// Unlike Python: there is one way to start, fork: spawn and forkserver import the program anew, which a C++ program
// cannot do; a daemon may have children, which are daemons unless told otherwise, because they go when it goes; leaving
// a scope joins, where Python would leave a zombie until it looks.
#pragma once

#include <chrono>
#include <concepts>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "os/clock.hpp"
#include "os/fork.hpp"
#include "os/unique_fd.hpp"

namespace mpr {

using os::ThreadsRunning;

struct ProcessOptions {
  std::string name{};            ///< empty: "Process-1", "Process-2", ..., and in a child "Process-1:1"
  std::optional<bool> daemon{};  ///< none: what the current process is
};

class Process {
 public:
  /// The function and its arguments are kept by value, moved where possible, and used by the child alone: the parent's
  /// are destroyed at start(), so that descriptors among them (a Connection) are then the child's.
  template <class Function, class... Args>
  requires(std::invocable<std::decay_t<Function>, std::decay_t<Args>...> &&
           !std::same_as<std::decay_t<Function>, Process>) explicit Process(Function&& function, Args&&... args)
      : Process(ProcessOptions{}, std::forward<Function>(function), std::forward<Args>(args)...) {}
  template <class Function, class... Args>
  requires(std::invocable<std::decay_t<Function>, std::decay_t<Args>...>)
      Process(ProcessOptions options, Function&& function, Args&&... args)
      : Process(std::move(options), make_body(std::forward<Function>(function), std::forward<Args>(args)...),
                Erased{}) {}

  Process(Process&&) noexcept = default;
  Process& operator=(Process&& other) noexcept;
  ~Process();

  void start();

  /// Waits until the child has ended. Returns at once if it has been joined already.
  void join();
  /// False when the time was over first.
  bool join_until(std::chrono::steady_clock::time_point deadline);
  bool join_for(std::chrono::nanoseconds time) { return join_until(os::later(os::Clock::now(), time)); }

  [[nodiscard]] bool is_alive();
  /// Nothing before start() and while the child runs.
  [[nodiscard]] std::optional<int> exit_code();
  /// Process id, from start() on; it stays known after the child has ended. Nothing before.
  [[nodiscard]] std::optional<int> pid() const;
  [[nodiscard]] const std::string& name() const;
  [[nodiscard]] bool daemon() const;
  /// Readable, for poll(2) and its relatives, from the end of the child on, whether or not it has been joined. Valid
  /// until the Process is closed or destroyed. See wait().
  [[nodiscard]] os::FdRef sentinel() const;

  /// SIGTERM and SIGKILL; nothing happens when the child has ended.
  void terminate();
  void kill();
  /// Lets go of everything; the child must have ended. May be called again, but nothing else may.
  void close();

 private:
  using Body = std::function<int()>;
  struct Erased {};
  struct Child;
  friend class ProcessRegistry;

  Process(ProcessOptions options, Body body, Erased);

  // std::function wants a copyable target, and a moved-in capture need not be: so the target is shared instead.
  template <class Function, class... Args>
  static Body make_body(Function&& function, Args&&... args) {
    auto call = std::make_shared<std::tuple<std::decay_t<Function>, std::decay_t<Args>...>>(
        std::forward<Function>(function), std::forward<Args>(args)...);
    return [call] {
      const auto run = [](auto& f, auto&... values) { return std::invoke(std::move(f), std::move(values)...); };
      if constexpr (std::convertible_to<std::invoke_result_t<std::decay_t<Function>, std::decay_t<Args>...>, int>) {
        return static_cast<int>(std::apply(run, *call));
      } else {
        std::apply(run, *call);
        return 0;
      }
    };
  }

  [[nodiscard]] Child& child() const;
  [[nodiscard]] Child& started(const char* what) const;
  void finish() noexcept;

  Body body_;
  std::shared_ptr<Child> child_;  ///< shared with the registry behind active_children(); none after close()
};

/// What is known of a process.
struct ProcessInfo {
  int pid = 0;
  std::string name;
  bool daemon = false;
};

/// This process: "MainProcess", unless it was started as a Process or by a Pool.
[[nodiscard]] ProcessInfo current_process();

/// The children of this process that were started as a Process and have not ended. Those that have are joined by this.
[[nodiscard]] std::vector<ProcessInfo> active_children();

/// The process that started this one, to be watched.
class ParentProcess {
 public:
  [[nodiscard]] int pid() const { return pid_; }
  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] bool is_alive() const { return !join_until(os::Time::min()); }
  /// Waits until it has ended.
  void join() const { (void)join_until(os::kNever); }
  bool join_until(std::chrono::steady_clock::time_point deadline) const;
  bool join_for(std::chrono::nanoseconds time) const { return join_until(os::later(os::Clock::now(), time)); }

 private:
  friend std::optional<ParentProcess> parent_process();
  ParentProcess(int pid, std::string name);

  int pid_;
  std::string name_;
  std::shared_ptr<os::UniqueFd> process_;  ///< none in it: ended before anybody looked
};

/// Nothing in a process that was not started as a Process or by a Pool.
[[nodiscard]] std::optional<ParentProcess> parent_process();

}  // namespace mpr
