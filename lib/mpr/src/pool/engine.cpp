#include "pool/engine.hpp"

#include <algorithm>

#include "os/signals.hpp"

namespace mpr::pool {
namespace {

/// Gives a lock up for a while, and takes it again however the scope is left.
class Unlocked {
 public:
  explicit Unlocked(std::unique_lock<std::mutex>& lock) : lock_(lock) { lock_.unlock(); }
  Unlocked(const Unlocked&) = delete;
  Unlocked& operator=(const Unlocked&) = delete;
  ~Unlocked() { lock_.lock(); }

 private:
  std::unique_lock<std::mutex>& lock_;
};

}  // namespace

PoolEngine::PoolEngine(unsigned workers, ServerOptions options) : foreman_(workers, std::move(options)) {}

void PoolEngine::require_owner() const {
  if (os::ProcessIdentity::own() != owner_) {
    throw std::logic_error("a pool belongs to the process that made it: make another one here");
  }
}

void PoolEngine::submit(std::shared_ptr<Batch> batch) {
  require_owner();
  const Lock lock(mutex_);
  if (closed_) throw std::logic_error("the pool is closed");
  if (broken_) std::rethrow_exception(broken_);
  foreman_.add(batch);
  if (batch->finished || !batch->in_background) return;
  start_thread();
  begin_feeding();
}

void PoolEngine::resume(Batch& batch) {
  require_owner();
  const Lock lock(mutex_);
  foreman_.settle(batch);
  begin_feeding();
}

/// Work that nobody may be waiting for yet gets under way.
void PoolEngine::begin_feeding() {
  if (driver_ != Driver::none) {
    foreman_.nudge();
  } else {
    foreman_.feed();
    changed_.notify_all();
  }
}

bool PoolEngine::wait_until(const std::function<bool()>& condition, os::Time deadline) {
  require_owner();
  Lock lock(mutex_);
  return wait_driving(lock, condition, deadline);
}

void PoolEngine::with_lock(const std::function<void()>& action) {
  const Lock lock(mutex_);
  action();
}

void PoolEngine::call_back(std::function<void()> callback) {
  callbacks_.push_back(std::move(callback));
  start_thread();
  changed_.notify_all();
}

void PoolEngine::cancel(Batch& batch, Running running) {
  require_owner();
  const Lock lock(mutex_);
  if (batch.finished) return;
  foreman_.abandon(batch, std::make_exception_ptr(Cancelled()), running);
  changed_.notify_all();
}

void PoolEngine::close() {
  require_owner();
  const Lock lock(mutex_);
  closed_ = true;
}

bool PoolEngine::join_until(os::Time deadline) {
  require_owner();
  Lock lock(mutex_);
  if (!closed_) throw std::logic_error("join() of a pool that is not closed: close() or terminate() it first");
  if (!wait_driving(
          lock, [this] { return foreman_.idle(); }, deadline))
    return false;
  // Callbacks are run by the pool's own thread, and nobody drives for them.
  while (!callbacks_.empty()) {
    if (os::Clock::now() >= deadline) return false;
    wait_for_change(lock, deadline);
  }
  take_over(lock);
  foreman_.crew().dismiss();
  lock.unlock();
  stop_thread();
  return true;
}

void PoolEngine::terminate() {
  require_owner();
  Lock lock(mutex_);
  closed_ = true;
  foreman_.abandon_all(std::make_exception_ptr(PoolClosed("the pool was terminated")));
  take_over(lock);
  foreman_.crew().kill_all();
  lock.unlock();
  stop_thread();
}

std::vector<int> PoolEngine::pids() {
  require_owner();
  const Lock lock(mutex_);
  return foreman_.crew().pids();
}

template <class Condition>
bool PoolEngine::wait_driving(Lock& lock, Condition condition, os::Time deadline) {
  while (!condition()) {
    if (deadline != os::kNever && os::Clock::now() >= deadline) {
      changed_.notify_all();
      return false;
    }
    ++foreground_;
    if (driver_ != Driver::none) {
      if (driver_ == Driver::own_thread) foreman_.nudge();  // it makes way
      wait_for_change(lock, deadline);
    } else {
      drive_once(lock, deadline, Driver::waiting);
    }
    --foreground_;
  }
  changed_.notify_all();  // the pool's own thread may go on
  return true;
}

void PoolEngine::wait_for_change(Lock& lock, os::Time deadline) {
  if (deadline == os::kNever) {
    changed_.wait(lock);
  } else {
    changed_.wait_until(lock, deadline);
  }
}

void PoolEngine::take_over(Lock& lock) {
  while (driver_ != Driver::none) {
    foreman_.nudge();
    changed_.wait(lock);
  }
}

void PoolEngine::drive_once(Lock& lock, os::Time deadline, Driver driver) {
  driver_ = driver;
  try {
    while (!foreman_.refill() && renew_server(lock)) {
    }
    foreman_.feed();
    foreman_.handle(await_workers(lock, std::min(deadline, foreman_.next_look())));
  } catch (const std::exception& error) {
    broken_ = std::make_exception_ptr(PoolClosed(std::string("the pool cannot go on: ") + error.what()));
    foreman_.abandon_all(broken_);
  }
  driver_ = Driver::none;
  changed_.notify_all();
}

Foreman::Events PoolEngine::await_workers(Lock& lock, os::Time deadline) {
  const Unlocked unlocked(lock);
  return foreman_.await_workers(deadline);
}

/// The fork server was killed. Another one can be had as long as this process has no threads but our own. Where there
/// is none, the workers that are left go on: false.
bool PoolEngine::renew_server(Lock& lock) {
  std::string why;
  try {
    const Unlocked unlocked(lock);  // forking takes it
    foreman_.renew_server();
    return true;
  } catch (const std::exception& error) {
    why = error.what();
  }
  if (!foreman_.has_workers()) throw PoolClosed("its fork server and all workers were killed, and " + why);
  foreman_.put_off_refill();
  return false;
}

void PoolEngine::start_thread() {
  if (thread_ || stop_thread_) return;
  bystander_.emplace(calling_back_, mutex_);
  const os::MaskGuard mask;
  os::block_all();  // signals are for the program's threads
  thread_ = std::make_unique<std::thread>([this] { run_thread(); });
}

void PoolEngine::run_thread() {
  os::BystanderThread::enter();
  Lock lock(mutex_);
  while (!stop_thread_ || !callbacks_.empty()) {
    if (!callbacks_.empty()) {
      lock.unlock();
      const std::lock_guard calling(calling_back_);
      lock.lock();
      const std::function<void()> callback = std::move(callbacks_.front());
      callbacks_.pop_front();
      lock.unlock();
      callback();
      lock.lock();
      changed_.notify_all();
    } else if (driver_ == Driver::none && foreground_ == 0 && foreman_.has_background_work()) {
      drive_once(lock, os::kNever, Driver::own_thread);
    } else {
      changed_.wait(lock);
    }
  }
}

void PoolEngine::stop_thread() {
  if (thread_ && thread_->get_id() == std::this_thread::get_id()) {
    throw std::logic_error("a pool cannot be ended by its own callback");
  }
  {
    const Lock lock(mutex_);
    stop_thread_ = true;
  }
  foreman_.nudge();
  changed_.notify_all();
  if (thread_) thread_->join();
  thread_.reset();
  bystander_.reset();
}

void PoolEngine::let_go() {
  if (os::ProcessIdentity::own() == owner_) {
    terminate();
  } else {
    // The thread stayed behind in the process that it belongs to; so did the workers.
    (void)thread_.release();
    foreman_.crew().disown();
  }
}

}  // namespace mpr::pool
