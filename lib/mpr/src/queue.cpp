#include "mpr/queue.hpp"

#include <algorithm>
#include <cstring>
#include <mutex>
#include <new>
#include <stdexcept>
#include <system_error>

#include "queue_state.hpp"
#include "spin.hpp"

namespace mpr {
namespace {

constexpr uint64_t kMostMemory = uint64_t{16} << 30;
constexpr uint64_t kLeastMemory = uint64_t{1} << 20;
constexpr uint64_t kStep = uint64_t{1} << 20;
constexpr uint64_t kHeader = sizeof(uint64_t);

/// As much address space as the system gives, up to the most.
os::SharedMapping map_ring() {
  for (uint64_t bytes = kMostMemory;; bytes /= 2) {
    try {
      return os::SharedMapping(bytes);
    } catch (const std::system_error&) {
      if (bytes <= kLeastMemory) throw;
    }
  }
}

uint64_t frame_bytes(uint64_t item) {
  return kHeader + (item + 7) / 8 * 8;
}

/// The ring as positions see it. A header never lies across its end; an item may.
class Ring {
 public:
  explicit Ring(const os::SharedMapping& memory) : data_(memory.data()), size_(memory.size()) {}

  void write_length(uint64_t at, uint64_t length) { std::memcpy(data_ + at % size_, &length, sizeof length); }
  [[nodiscard]] uint64_t read_length(uint64_t at) const {
    uint64_t length = 0;
    std::memcpy(&length, data_ + at % size_, sizeof length);
    return length;
  }
  void write(uint64_t at, Bytes item) {
    const uint64_t first = before_end(at, item.size());
    if (first > 0) std::memcpy(data_ + at % size_, item.data(), first);
    if (first < item.size()) std::memcpy(data_, item.data() + first, item.size() - first);
  }
  void read(uint64_t at, std::byte* into, uint64_t bytes) const {
    const uint64_t first = before_end(at, bytes);
    if (first > 0) std::memcpy(into, data_ + at % size_, first);
    if (first < bytes) std::memcpy(into + first, data_, bytes - first);
  }

 private:
  [[nodiscard]] uint64_t before_end(uint64_t at, uint64_t bytes) const { return std::min(bytes, size_ - at % size_); }

  std::byte* data_;
  uint64_t size_;
};

}  // namespace

QueueBase::QueueBase(size_t most_items, Takers takers) : memory_(sizeof(State)), ring_(map_ring()), state_(nullptr) {
  static_assert(std::is_trivially_destructible_v<State>);
  state_ = new (memory_.data()) State(most_items, ring_.size(), takers);
  state_->step = std::min(kStep, ring_.size() / 8);
}

void QueueBase::require_open() const {
  if (closed_) throw std::logic_error("the queue is closed");
}

size_t QueueBase::size() const {
  require_open();
  // The consumers' count first: it never overtakes the producers'.
  const uint64_t got = state_->consumers.mark.count();
  const uint64_t put = state_->producers.mark.count();
  return put > got ? put - got : 0;
}

size_t QueueBase::maxsize() const {
  return state_->maxsize;
}

bool QueueBase::put_bytes(Bytes item, os::Time deadline) {
  require_open();
  State& state = *state_;
  QueueSide& side = state.producers;
  const uint64_t bytes = frame_bytes(item.size());
  if (bytes > state.capacity - state.step) throw std::length_error("the item is larger than the queue's memory");
  const auto has_room = [&] {
    const auto fits = [&] {
      return side.mark.position() + bytes - side.other_position.load(std::memory_order_relaxed) <= state.capacity &&
             (state.maxsize == 0 ||
              side.mark.count() - side.other_count.load(std::memory_order_relaxed) < state.maxsize);
    };
    if (fits()) return true;
    side.other_position.store(state.reusable.load());
    side.other_count.store(state.consumers.mark.count());
    return fits();
  };
  std::unique_lock guard(side);
  while (!has_room()) {
    if (deadline <= os::Clock::now()) return false;
    const WaitChannel::Ticket ticket = state.not_full.enlist();
    if (has_room()) break;
    guard.unlock();
    state.not_full.wait(ticket, deadline);
    guard.lock();
  }
  const uint64_t at = side.mark.position();
  Ring ring(ring_);
  ring.write_length(at, item.size());
  ring.write(at + kHeader, item);
  side.mark.advance(at + bytes);
  guard.unlock();
  state.not_empty.wake_one(state.not_empty.announce());
  if (state.watched.load(std::memory_order_relaxed)) not_empty_.signal();
  return true;
}

/// Gives `copy` the position and length of the first item, and then takes it out.
template <class Copy>
bool QueueBase::take(Copy copy, os::Time deadline) {
  require_open();
  State& state = *state_;
  QueueSide& side = state.consumers;
  const auto is_empty = [&] {
    if (side.mark.position() != side.other_position.load(std::memory_order_relaxed)) return false;
    side.other_position.store(state.producers.mark.position());
    return side.mark.position() == side.other_position.load(std::memory_order_relaxed);
  };
  std::unique_lock guard(side);
  while (is_empty()) {
    if (deadline <= os::Clock::now()) return false;
    // First without enlisting, which would cost whoever puts the next item a system call.
    guard.unlock();
    spin_until([&] { return side.mark.position() != state.producers.mark.position(); }, deadline);
    guard.lock();
    if (!is_empty()) break;
    const WaitChannel::Ticket ticket = state.not_empty.enlist();
    if (!is_empty()) break;
    guard.unlock();
    state.not_empty.wait(ticket, deadline);
    guard.lock();
  }
  const uint64_t at = side.mark.position();
  const Ring ring(ring_);
  const uint64_t length = ring.read_length(at);
  copy(ring, at + kHeader, length);
  if (state.takers == Takers::kept) note_taker();
  const uint64_t end = at + frame_bytes(length);
  side.mark.advance(end);
  give_back_memory(end);
  const bool now_empty = state.watched.load(std::memory_order_relaxed) && is_empty();
  guard.unlock();
  // Producers that wait for a whole queue's memory look again by themselves.
  if (state.maxsize != 0) state.not_full.wake_one(state.not_full.announce());
  if (now_empty) (void)look();
  return true;
}

/// What has been consumed is reused only after a round through the ring: until then the system may have it.
void QueueBase::give_back_memory(uint64_t head) {
  const uint64_t from = state_->reusable.load(std::memory_order_relaxed);
  const uint64_t step = state_->step;
  if (head - from < step) return;
  const uint64_t to = head / step * step;
  for (uint64_t at = from; at < to; at += step) ring_.discard(at % state_->capacity, step);
  state_->reusable.store(to);
  state_->not_full.wake_all(state_->not_full.announce());
}

bool QueueBase::get_bytes(void* into, size_t bytes, os::Time deadline) {
  uint64_t length = 0;
  const bool taken = take(
      [&](const Ring& ring, uint64_t at, uint64_t size) {
        length = size;
        if (size == bytes) ring.read(at, static_cast<std::byte*>(into), bytes);
      },
      deadline);
  if (taken && length != bytes) codec::refuse(length, bytes);
  return taken;
}

std::optional<ByteBuffer> QueueBase::get_bytes(os::Time deadline) {
  ByteBuffer item;
  const bool taken = take(
      [&](const Ring& ring, uint64_t at, uint64_t size) {
        item.resize(size);
        ring.read(at, item.data(), size);
      },
      deadline);
  return taken ? std::optional(std::move(item)) : std::nullopt;
}

os::FdRef QueueBase::watch() {
  require_open();
  state_->watched.store(true);
  return not_empty_.fd();
}

bool QueueBase::look() {
  if (!empty()) return true;
  not_empty_.clear();
  // Somebody may have put and signalled just before that.
  if (empty()) return false;
  not_empty_.signal();
  return true;
}

// --- joining
// ----------------------------------------------------------------------------------------------------------

namespace {

/// Nothing that this mutex protects is ever half done.
class DoneLock {
 public:
  explicit DoneLock(os::RobustMutex& mutex) : mutex_(mutex) { lock(); }
  void lock() { (void)mutex_.lock(); }
  void unlock() { mutex_.unlock(); }

 private:
  os::RobustMutex& mutex_;
};

}  // namespace

/// Before the item is out: of a process that is killed in between, it is still in.
void QueueBase::note_taker() {
  DoneLock done(state_->done_mutex);
  const std::lock_guard guard(done, std::adopt_lock);
  if (state_->held.add()) return;
  (void)state_->held.take_back();
  if (!state_->held.add()) throw Error("too many processes have taken items that are not done");
}

void QueueBase::task_done() {
  State& state = *state_;
  DoneLock done(state.done_mutex);
  {
    const std::lock_guard guard(done, std::adopt_lock);
    if (state.done + state.lost >= state.producers.mark.count()) {
      throw std::logic_error("task_done() called more often than items were put");
    }
    // Counted first: of a process that is killed in between, the item is done.
    state.done.set(state.done + 1);
    (void)state.held.remove();
  }
  state.all_done.wake_all(state.all_done.announce());
}

/// Items that are out of the queue, not done, and held by nobody who lives.
uint64_t QueueBase::count_lost() {
  State& state = *state_;
  const std::unique_lock consumers(state.consumers);
  DoneLock done(state.done_mutex);
  const std::lock_guard guard(done, std::adopt_lock);
  (void)state.held.take_back();
  const uint64_t accounted = state.done + state.lost + state.held.total();
  const uint64_t got = state.consumers.mark.count();
  if (got <= accounted) return 0;
  state.lost.set(state.lost + got - accounted);
  return got - accounted;
}

bool QueueBase::join_until(os::Time deadline) {
  State& state = *state_;
  os::Time look_at = os::Clock::now();
  for (;;) {
    const WaitChannel::Ticket ticket = state.all_done.enlist();
    if (state.done + state.lost >= state.producers.mark.count()) return true;
    const os::Time now = os::Clock::now();
    if (now >= look_at) {
      look_at = now + kLookAgain;
      const uint64_t lost = count_lost();
      if (lost > 0) throw WorkerDied(static_cast<unsigned>(lost));
    }
    if (now >= deadline) return false;
    state.all_done.wait(ticket, std::min(deadline, look_at));
  }
}

}  // namespace mpr
