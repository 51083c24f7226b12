// RunLocks: which process writes which run of a store, known to the kernel alone, so that no lock outlives its process.
//
//   auto locks = RunLocks::of("/x/runs.db", Access::write);
//   if (const auto holder = locks->try_lock(7)) ...        // another process; else the byte 7 of the file is ours
//
// POSIX record locks on <store>.lock: not inherited by fork, and released when their process ends however it ends. They
// are also released when the process closes *any* descriptor of the file, so a process opens it once, here, and shares
// it among all who have the store open.
//
// Errors: StoreError when the file cannot be made. Threads: one. Processes: a forked child that opens the store gets
// its own.
#pragma once

#include <sys/types.h>

#include <memory>
#include <optional>
#include <set>
#include <string>

#include "database.hpp"
#include "os/unique_fd.hpp"
#include "store/records.hpp"

namespace mpr::store {

class RunLocks {
 public:
  [[nodiscard]] static std::shared_ptr<RunLocks> of(const std::string& store, Access access);

  /// The process that has it, this one included; 0 when that one cannot be named. None: it is ours now.
  [[nodiscard]] std::optional<pid_t> try_lock(RunKey run);
  void unlock(RunKey run) noexcept;
  /// The process that has it, this one included.
  [[nodiscard]] std::optional<pid_t> holder(RunKey run) const;
  /// Whether others would find these locks: the file is where it was.
  [[nodiscard]] bool seen_by_others() const;

  /// While it lives, no other process makes or migrates the store.
  class SetUp {
   public:
    explicit SetUp(RunLocks& locks);
    SetUp(const SetUp&) = delete;
    SetUp& operator=(const SetUp&) = delete;
    ~SetUp();

   private:
    RunLocks& locks_;
  };

 private:
  explicit RunLocks(std::string store) : store_(std::move(store)) {}
  void open(Access access);
  std::string store_;
  os::UniqueFd file_;
  bool writable_ = false;  ///< and so the file can hold locks
  pid_t process_ = 0;
  std::set<RunKey> own_;  ///< the kernel does not tell a process of its own locks
};

/// A run's lock, held.
class RunLock {
 public:
  /// Throws StoreError, Cause::in_use, when another process has it. `id` is for the message.
  RunLock(std::shared_ptr<RunLocks> locks, RunKey run, const std::string& id);
  RunLock(RunLock&& other) noexcept : locks_(std::move(other.locks_)), run_(other.run_) {}
  RunLock& operator=(RunLock&&) = delete;
  ~RunLock() {
    if (locks_) locks_->unlock(run_);
  }

 private:
  std::shared_ptr<RunLocks> locks_;
  RunKey run_;
};

}  // namespace mpr::store
