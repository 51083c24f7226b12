// Process: a function running in a process of its own, as in Python's multiprocessing.
//
//   mpr::Process p([] { std::puts("hello from the child"); });
//   p.start();
//   p.join();          // p.exit_code() == 0
//
// The child is a fork: it sees everything the parent had in memory at start(), and shares nothing afterwards.
//
// Captures are not destroyed in the child, which ends without unwinding: flush what they buffer.
//
// Ownership: move-only. The destructor of a running Process joins it: it waits, without a limit, until the child ends.
//   terminate() or kill() it first where that is not wanted.
// Exit code: what the function returns (0 if void); 1 when an exception leaves it, which is printed on stderr; -N when
//   signal N killed the child; 255 when that cannot be known, because SIGCHLD is ignored or another part of the program
//   has waited for the child.
// Errors: std::system_error when the system has no more processes; std::logic_error for calls out of order (start()
//   twice, join() before start()) and for start() in a program that has several threads, whose locks a forked child
//   could never get.
// Threads: one Process belongs to one thread at a time.
// Processes: only the process that called start() may join. If the parent dies, the child lives on.
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

#include "os/process_handle.hpp"

namespace mpr {

class Process {
 public:
  /// The function and its arguments are kept by value, moved where possible, and used by the child alone: the parent's
  /// are destroyed at start(), so that descriptors among them (a Connection) are then the child's.
  template <class Function, class... Args>
  requires(std::invocable<std::decay_t<Function>, std::decay_t<Args>...> &&
           !std::same_as<std::decay_t<Function>, Process>) explicit Process(Function&& function, Args&&... args)
      : body_(make_body(std::forward<Function>(function), std::forward<Args>(args)...)) {}

  Process(Process&&) noexcept = default;
  Process& operator=(Process&& other) noexcept;
  ~Process();

  void start();

  /// Waits until the child has ended. Returns at once if it has been joined already.
  void join();
  /// False when the time was over first.
  bool join_until(std::chrono::steady_clock::time_point deadline);
  bool join_for(std::chrono::nanoseconds time) { return join_until(std::chrono::steady_clock::now() + time); }

  [[nodiscard]] bool is_alive();
  /// Nothing before start() and while the child runs.
  [[nodiscard]] std::optional<int> exit_code();
  /// Process id, from start() on; it stays known after the child has ended. Nothing before.
  [[nodiscard]] std::optional<int> pid() const;
  /// Readable, for poll(2) and its relatives, when the child has ended. Valid until it is joined.
  [[nodiscard]] os::FdRef sentinel() const { return child_.fd(); }

  void terminate() { child_.signal(15); }
  void kill() { child_.signal(9); }

 private:
  using Body = std::function<int()>;

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

  void require_started(const char* what) const;

  Body body_;
  os::ProcessHandle child_;
  std::optional<int> pid_;
  std::optional<int> exit_code_;
};

}  // namespace mpr
