// Queue: values from any number of processes to any number of others, first in, first out.
//
//   mpr::Queue<std::string> queue;               // made before the processes that use it
//   queue.put("hello");                          // in one process
//   std::string text = queue.get();              // in another
//
// Ownership: neither copied nor moved: forked children use it where it is, by reference. What is in it is gone with the
//   last process that has it.
// Errors: std::logic_error after close(). std::length_error for an item larger than the queue's memory. What Codec
// throws
//   comes out of put(), which has then put nothing, or out of get(), whose item is gone then.
// Threads: any number, in each process.
// Processes: whoever is killed, at whatever point, leaves the queue usable and every item in it whole. An item is in
// the
//   queue once put() has returned, and out of it once get() has; of one who is killed meanwhile it is either. Items of
//   one producer come in the order in which it put them. A get() with nobody left to put waits all the same: use a
//   deadline, or wait() for the queue and the producers together.
// Units: a maxsize of 0 is "no limit": put() then waits only when the queue's memory is full, 16 GiB of address space
//   (less where the system gives less), of which as much is in use as items are waiting.
// Fairness: none.
//
// Unlike Python: no thread feeds the queue, so an item is there when put() returns, its process may end at once, and
// joining before getting is no deadlock. Empty and Full are results (nothing, false), not exceptions. An item that
// cannot be encoded is an error of put() itself.
#pragma once

#include <chrono>
#include <optional>

#include "mpr/codec.hpp"
#include "os/clock.hpp"
#include "os/event_fd.hpp"
#include "os/shared_mapping.hpp"

namespace mpr {

/// A queue of bytes, and all of Queue that does not depend on its type.
class QueueBase {
 public:
  QueueBase(const QueueBase&) = delete;
  QueueBase& operator=(const QueueBase&) = delete;

  [[nodiscard]] bool empty() const { return size() == 0; }
  /// This process uses the queue no more. Others may.
  void close() { closed_ = true; }
  [[nodiscard]] bool closed() const { return closed_; }

  /// For wait(): readable while the queue is not empty, and sometimes shortly afterwards.
  [[nodiscard]] os::FdRef watch();
  /// Whether it is not empty. If it is, the descriptor is made unreadable.
  [[nodiscard]] bool look();

 protected:
  enum class Takers : uint8_t { unknown, kept };  ///< whether it is noted who has taken what

  QueueBase(size_t maxsize, Takers takers);

  [[nodiscard]] size_t size() const;
  [[nodiscard]] size_t maxsize() const;
  bool put_bytes(Bytes item, os::Time deadline);
  /// An item of exactly so many bytes.
  bool get_bytes(void* into, size_t bytes, os::Time deadline);
  [[nodiscard]] std::optional<ByteBuffer> get_bytes(os::Time deadline);
  void task_done();
  bool join_until(os::Time deadline);

  template <class T>
  bool put_value(const T& value, os::Time deadline) {
    if constexpr (codec::Bytewise<T>) {
      return put_bytes(std::as_bytes(std::span{&value, 1}), deadline);
    } else {
      ByteBuffer bytes;
      Codec<T>::encode(value, bytes);
      return put_bytes(bytes, deadline);
    }
  }
  template <class T>
  std::optional<T> get_value(os::Time deadline) {
    if constexpr (codec::Bytewise<T> && std::is_default_constructible_v<T>) {
      std::optional<T> value(std::in_place);
      if (!get_bytes(&*value, sizeof(T), deadline)) value.reset();
      return value;
    } else {
      const auto bytes = get_bytes(deadline);
      return bytes ? std::optional<T>(Codec<T>::decode(*bytes)) : std::nullopt;
    }
  }

 private:
  struct State;
  template <class Copy>
  bool take(Copy copy, os::Time deadline);
  void require_open() const;
  void give_back_memory(uint64_t head);
  void note_taker();
  [[nodiscard]] uint64_t count_lost();

  os::SharedMapping memory_;  ///< the state
  os::SharedMapping ring_;
  State* state_;
  os::EventFd not_empty_;
  bool closed_ = false;
};

template <class T>
class Queue : public QueueBase {
 public:
  explicit Queue(size_t most_items = 0) : Queue(most_items, Takers::unknown) {}

  void put(const T& value) { (void)put_value(value, os::kNever); }
  /// False when there is no room, or was none in time.
  [[nodiscard]] bool try_put(const T& value) { return put_value(value, os::Time::min()); }
  [[nodiscard]] bool put_until(const T& value, os::Time deadline) { return put_value(value, deadline); }
  [[nodiscard]] bool put_for(const T& value, os::Duration time) {
    return put_value(value, os::later(os::Clock::now(), time));
  }

  [[nodiscard]] T get() { return std::move(*this->template get_value<T>(os::kNever)); }
  /// Nothing when there is none, or was none in time.
  [[nodiscard]] std::optional<T> try_get() { return this->template get_value<T>(os::Time::min()); }
  [[nodiscard]] std::optional<T> get_until(os::Time deadline) { return this->template get_value<T>(deadline); }
  [[nodiscard]] std::optional<T> get_for(os::Duration time) {
    return this->template get_value<T>(os::later(os::Clock::now(), time));
  }

  /// How it was a moment ago: others may have put and got since.
  using QueueBase::size;
  [[nodiscard]] bool full() const { return maxsize() != 0 && size() >= maxsize(); }
  using QueueBase::maxsize;

 protected:
  Queue(size_t most_items, Takers takers) : QueueBase(most_items, takers) {}
};

/// A Queue without limits and deadlines.
template <class T>
class SimpleQueue : public QueueBase {
 public:
  SimpleQueue() : QueueBase(0, Takers::unknown) {}
  void put(const T& value) { (void)put_value(value, os::kNever); }
  [[nodiscard]] T get() { return std::move(*this->template get_value<T>(os::kNever)); }
};

/// A Queue that knows when all that was put has been dealt with: whoever gets an item calls task_done() afterwards.
///
/// A process that ends between get() and task_done() has lost its item: join() throws WorkerDied with the number of
/// items lost, at the latest 200 ms after that, and counts them as dealt with from then on. Thus task_done() is to be
/// called by the process that got the item.
template <class T>
class JoinableQueue : public Queue<T> {
 public:
  explicit JoinableQueue(size_t most_items = 0) : Queue<T>(most_items, QueueBase::Takers::kept) {}

  /// std::logic_error when called more often than items were put.
  using QueueBase::task_done;
  /// Waits until task_done() has been called for every item that was put. WorkerDied: see above.
  void join() { (void)join_until(os::kNever); }
  /// False when the time was over first.
  using QueueBase::join_until;
  [[nodiscard]] bool join_for(os::Duration time) { return join_until(os::later(os::Clock::now(), time)); }
};

}  // namespace mpr
