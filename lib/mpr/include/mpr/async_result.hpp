// AsyncResult: what will come of work that a Pool was given.
//
//   auto squares = pool.map_async(square, numbers);      // AsyncResult<std::vector<int>>
//   squares.then([](const std::vector<int>& done) { ... }, [](const std::exception_ptr& failure) { ... });
//   use(squares.get());
//
// Ownership: a handle; copies refer to the same work, which goes on when all of them are gone.
// Errors: get() throws what came of it: RemoteError, WorkerLost, TaskTimeout, Cancelled, PoolClosed; of several
// failures
//   the first in the order of the input. TimeoutError when it is not there by the deadline.
// Threads: any. Whoever waits works for the pool meanwhile. Callbacks run one at a time, in the pool's own thread,
// without
//   locks: they may submit more, but must not wait for results of the same pool. An exception that leaves a callback
//   ends the program (std::terminate).
// Processes: in a forked child it cannot be used.
#pragma once

#include <chrono>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <utility>

#include "mpr/pool_batch.hpp"
#include "os/clock.hpp"

namespace mpr {

namespace pool {

/// What stands for "no value", so that it can be held like any other.
struct Nothing {};
template <class T>
using Held = std::conditional_t<std::is_void_v<T>, Nothing, T>;

/// A batch whose results are put together into one value.
template <class Value>
class ValueBatch : public Batch {
 public:
  using Batch::Batch;
  std::exception_ptr failure;

  // After it has finished, and if nothing failed:
  const Value& value() {
    if (!value_) value_.emplace(assemble());
    return *value_;
  }
  Value take() {
    (void)value();
    return std::move(*value_);
  }

 private:
  virtual Value assemble() = 0;
  std::optional<Value> value_;
};

template <class T>
struct OnValue {
  using Function = std::function<void(const T&)>;
};
template <>
struct OnValue<void> {
  using Function = std::function<void()>;
};

}  // namespace pool

template <class T>
class AsyncResult {
 public:
  using Clock = std::chrono::steady_clock;

  AsyncResult(std::shared_ptr<pool::Engine> engine, std::shared_ptr<pool::ValueBatch<pool::Held<T>>> batch)
      : engine_(std::move(engine)), batch_(std::move(batch)) {}

  void wait() const { (void)wait_until(Clock::time_point::max()); }
  bool wait_until(Clock::time_point deadline) const {
    return engine_->wait_until([this] { return batch_->finished; }, deadline);
  }
  bool wait_for(std::chrono::nanoseconds time) const { return wait_until(os::later(Clock::now(), time)); }

  /// The value is moved out: once.
  T get() { return get_until(Clock::time_point::max()); }
  T get_until(Clock::time_point deadline) {
    if (!wait_until(deadline)) throw TimeoutError();
    if (batch_->failure) std::rethrow_exception(batch_->failure);
    if constexpr (!std::is_void_v<T>) return batch_->take();
  }
  T get_for(std::chrono::nanoseconds time) { return get_until(os::later(Clock::now(), time)); }

  /// Whether it has come to its end, and if so whether well. successful() throws std::logic_error before that.
  [[nodiscard]] bool ready() const { return wait_until(Clock::time_point::min()); }
  [[nodiscard]] bool successful() const {
    if (!ready()) throw std::logic_error("successful() of a result that is not there yet");
    return !batch_->failure;
  }

  /// What has not been started never will be, and what runs is ended, with its worker. get() throws Cancelled, unless
  /// it had come to its end before.
  void cancel() { engine_->cancel(*batch_, pool::Engine::Running::end); }

  /// One of the two is called when the work has come to its end, or soon if it has already. The value stays in place
  /// for get(), unless that has moved it out before. Once for each piece of work; a later call replaces an earlier one.
  void then(typename pool::OnValue<T>::Function on_value, std::function<void(std::exception_ptr)> on_failure = {}) {
    call_back([batch = batch_, on_value = std::move(on_value), on_failure = std::move(on_failure)] {
      if (batch->failure) {
        if (on_failure) on_failure(batch->failure);
      } else if constexpr (std::is_void_v<T>) {
        if (on_value) on_value();
      } else {
        if (on_value) on_value(batch->value());
      }
    });
  }

  /// The same result as a std::future, instead of this one.
  [[nodiscard]] std::future<T> future() && {
    auto promise = std::make_shared<std::promise<T>>();
    auto future = promise->get_future();
    when_finished([batch = batch_.get(), promise = std::move(promise)] {
      if (batch->failure) {
        promise->set_exception(batch->failure);
      } else if constexpr (std::is_void_v<T>) {
        promise->set_value();
      } else {
        promise->set_value(batch->take());
      }
    });
    return future;
  }

 private:
  void call_back(std::function<void()> callback) {
    when_finished([engine = engine_.get(), callback = std::move(callback)] { engine->call_back(callback); });
  }
  void when_finished(std::function<void()> action) {
    engine_->with_lock([&] {
      if (batch_->finished) {
        action();
      } else {
        batch_->when_finished = std::move(action);
      }
    });
  }

  std::shared_ptr<pool::Engine> engine_;
  std::shared_ptr<pool::ValueBatch<pool::Held<T>>> batch_;
};

}  // namespace mpr
