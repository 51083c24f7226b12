// PoolEngine: carries out a pool's batches. One thread at a time drives its Foreman: has it hand out chunks, wait for
// what happens among the workers, and take their results. Whoever waits for a result drives if nobody else does, so
// that a result reaches the one who waits for it without passing through another thread; the pool's own thread, started
// when it is first needed, drives when there is work that nobody waits for.
//
// Threads: any. The lock is held but for waiting. Processes: belongs to the process that made it.
#pragma once

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "mpr/pool_batch.hpp"
#include "os/fork.hpp"
#include "os/process_identity.hpp"
#include "pool/foreman.hpp"

namespace mpr::pool {

class PoolEngine final : public Engine {
 public:
  PoolEngine(unsigned workers, ServerOptions options);
  ~PoolEngine() override { let_go(); }

  void submit(std::shared_ptr<Batch> batch) override;
  bool wait_until(const std::function<bool()>& condition, os::Time deadline) override;
  void with_lock(const std::function<void()>& action) override;
  void resume(Batch& batch) override;
  void cancel(Batch& batch, Running running) override;
  void call_back(std::function<void()> callback) override;
  [[nodiscard]] unsigned workers() const override { return foreman_.workers(); }

  /// Nothing more is taken in.
  void close();
  /// Waits until all has been carried out, and ends the workers. Throws std::logic_error when not closed.
  bool join_until(os::Time deadline);
  /// Abandons what is not done, and ends the workers at once.
  void terminate();
  /// Terminates; in a forked child, which has no part in the pool, does nothing.
  void let_go();
  [[nodiscard]] std::vector<int> pids();

 private:
  using Lock = std::unique_lock<std::mutex>;

  enum class Driver : uint8_t {
    none,
    waiting,     ///< a thread that waits for something of the pool's
    own_thread,  ///< the pool's own: it makes way for those
  };

  void require_owner() const;
  // All that follows: with the lock held.
  void drive_once(Lock& lock, os::Time deadline, Driver driver);
  [[nodiscard]] Foreman::Events await_workers(Lock& lock, os::Time deadline);
  [[nodiscard]] bool renew_server(Lock& lock);
  void begin_feeding();
  template <class Condition>
  bool wait_driving(Lock& lock, Condition condition, os::Time deadline);
  void wait_for_change(Lock& lock, os::Time deadline);
  /// Makes the calling thread the only one that drives, for as long as the lock is held.
  void take_over(Lock& lock);
  void start_thread();
  void run_thread();
  void stop_thread();

  const os::ProcessIdentity owner_ = os::ProcessIdentity::own();
  std::mutex mutex_;
  std::condition_variable changed_;
  Foreman foreman_;
  std::exception_ptr broken_;
  bool closed_ = false;
  Driver driver_ = Driver::none;
  unsigned foreground_ = 0;  ///< threads that wait and would drive

  std::mutex calling_back_;  ///< taken before mutex_
  std::deque<std::function<void()>> callbacks_;
  bool stop_thread_ = false;
  std::unique_ptr<std::thread> thread_;
  std::optional<os::BystanderThread> bystander_;
};

}  // namespace mpr::pool
