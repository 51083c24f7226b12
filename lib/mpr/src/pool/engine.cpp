#include "pool/engine.hpp"

#include <algorithm>
#include <csignal>

#include "os/signals.hpp"
#include "pool/frames.hpp"
#include "spin.hpp"

namespace mpr::pool {
namespace {

constexpr uint64_t kNudge = 0;
// A worker that ends before it is ready this often in a row will never be.
constexpr unsigned kMostFailedStarts = 3;
// Now and then the driver looks for workers that have died, however busy the others keep it.
constexpr uint64_t kRoundsBetweenLooks = 64;

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

PoolEngine::PoolEngine(unsigned workers, ServerOptions options)
    : slots_(workers), crew_(workers, std::move(options), poller_) {
  poller_.watch(nudge_.fd(), os::Poller::kReadable, kNudge);
}

void PoolEngine::require_owner() const {
  if (os::ProcessIdentity::own() != owner_) {
    throw std::logic_error("a pool belongs to the process that made it: make another one here");
  }
}

// --- what others call
// -------------------------------------------------------------------------------------------------

void PoolEngine::submit(std::shared_ptr<Batch> batch) {
  require_owner();
  const Lock lock(mutex_);
  if (closed_) throw std::logic_error("the pool is closed");
  if (broken_) std::rethrow_exception(broken_);
  active_.push_back(batch);
  settle(*batch);
  if (batch->finished || !batch->in_background) return;
  start_thread();
  begin_feeding();
}

void PoolEngine::resume(Batch& batch) {
  require_owner();
  const Lock lock(mutex_);
  settle(batch);
  begin_feeding();
}

/// Work that nobody may be waiting for yet gets under way.
void PoolEngine::begin_feeding() {
  if (driver_ != Driver::none) {
    nudge_.signal();
  } else {
    feed();
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
  if (!batch.finished) abandon(batch, std::make_exception_ptr(Cancelled()), running);
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
          lock, [this] { return active_.empty(); }, deadline))
    return false;
  // Callbacks are run by the pool's own thread, and nobody drives for them.
  while (!callbacks_.empty()) {
    if (os::Clock::now() >= deadline) return false;
    wait_for_change(lock, deadline);
  }
  take_over(lock);
  crew_.dismiss();
  lock.unlock();
  stop_thread();
  return true;
}

void PoolEngine::terminate() {
  require_owner();
  Lock lock(mutex_);
  closed_ = true;
  abandon_all(std::make_exception_ptr(PoolClosed("the pool was terminated")));
  take_over(lock);
  crew_.kill_all();
  lock.unlock();
  stop_thread();
}

std::vector<int> PoolEngine::pids() {
  require_owner();
  const Lock lock(mutex_);
  return crew_.pids();
}

// --- who drives
// -------------------------------------------------------------------------------------------------------

template <class Condition>
bool PoolEngine::wait_driving(Lock& lock, Condition condition, os::Time deadline) {
  while (!condition()) {
    if (deadline != os::kNever && os::Clock::now() >= deadline) {
      changed_.notify_all();
      return false;
    }
    ++foreground_;
    if (driver_ != Driver::none) {
      if (driver_ == Driver::own_thread) nudge_.signal();  // it makes way
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
    nudge_.signal();
    changed_.wait(lock);
  }
}

void PoolEngine::drive_once(Lock& lock, os::Time deadline, Driver driver) {
  driver_ = driver;
  try {
    refill(lock);
    feed();
    const os::Time now = os::Clock::now();
    await_workers(lock, std::min({deadline, enforce_time_limits(now), next_room(now)}));
  } catch (const std::exception& error) {
    broken_ = std::make_exception_ptr(PoolClosed(std::string("the pool cannot go on: ") + error.what()));
    abandon_all(broken_);
  }
  driver_ = Driver::none;
  changed_.notify_all();
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
  const auto has_work = [this] {
    return std::any_of(active_.begin(), active_.end(), [](const auto& batch) { return batch->in_background; });
  };
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
    } else if (driver_ == Driver::none && foreground_ == 0 && has_work()) {
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
  nudge_.signal();
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
    crew_.disown();
  }
}

// --- the work
// ---------------------------------------------------------------------------------------------------------

void PoolEngine::feed() {
  while (const auto slot = slot_for_work()) {
    auto piece = next_piece();
    if (!piece) {
      rebalance();
      break;
    }
    give(*slot, std::move(*piece));
  }
  for (uint32_t slot = 0; slot < slots_; ++slot) {
    if (crew_.member(slot) && crew_.member(slot)->tasks.unsent() > 0) crew_.flush(slot);
  }
}

/// The worker that has least to do; of several, the one that was busy last and may still be awake.
std::optional<uint32_t> PoolEngine::slot_for_work() {
  std::optional<uint32_t> best;
  for (uint32_t slot = 0; slot < slots_; ++slot) {
    const auto& member = crew_.member(slot);
    if (!member || !crew_.has_room(slot)) continue;
    if (best) {
      const Crew::Member& other = *crew_.member(*best);
      const size_t mine = member->given.size();
      if (mine > other.given.size() || (mine == other.given.size() && member->used_at < other.used_at)) continue;
    }
    best = slot;
  }
  return best;
}

std::optional<PoolEngine::Piece> PoolEngine::next_piece() {
  if (!again_.empty()) {
    Piece piece = std::move(again_.front());
    again_.pop_front();
    return piece;
  }
  for (const auto& batch : active_) {
    if (batch->next < batch->chunks()) {
      ++batch->outstanding;
      return Piece{batch, batch->next++};
    }
  }
  return std::nullopt;
}

void PoolEngine::give(uint32_t slot, Piece piece) {
  try {
    crew_.give(slot, piece.batch, piece.chunk);
  } catch (...) {
    end_chunk({piece.batch, piece.chunk, 0}, 0, {}, std::current_exception());
  }
}

/// Gives a worker without work what another has been given and not started.
void PoolEngine::rebalance() {
  for (uint32_t idle = 0; idle < slots_; ++idle) {
    if (!crew_.member(idle) || !crew_.member(idle)->given.empty() || !crew_.has_room(idle)) continue;
    uint32_t busiest = idle;
    for (uint32_t slot = 0; slot < slots_; ++slot) {
      if (crew_.member(slot) && crew_.member(slot)->given.size() > crew_.member(busiest)->given.size()) busiest = slot;
    }
    auto& given = crew_.member(busiest)->given;
    if (given.size() < 2 || !crew_.withdraw(busiest, given.back())) return;
    Given last = std::move(given.back());
    given.pop_back();
    give(idle, {std::move(last.batch), last.chunk});
  }
}

bool PoolEngine::anything_sent() const {
  auto& crew = const_cast<Crew&>(crew_);
  for (uint32_t slot = 0; slot < slots_; ++slot) {
    if (crew.member(slot) && crew.board(slot).sent.load(std::memory_order_acquire) > crew.member(slot)->seen_sent) {
      return true;
    }
  }
  return false;
}

void PoolEngine::await_workers(Lock& lock, os::Time deadline) {
  std::span<const os::Poller::Event> events;
  {
    const Unlocked unlocked(lock);
    const bool sent = spin_until([this] { return anything_sent(); }, deadline);
    const bool look = !sent || rounds_ % kRoundsBetweenLooks == 0;
    if (look) events = poller_.wait(sent ? os::Time::min() : deadline);
  }
  ++rounds_;
  for (uint32_t slot = 0; slot < slots_; ++slot) {
    if (crew_.member(slot) && crew_.board(slot).sent.load() > crew_.member(slot)->seen_sent) read(slot);
  }
  for (const os::Poller::Event& event : events) handle(event);
}

void PoolEngine::handle(const os::Poller::Event& event) {
  if (event.token == kNudge) return nudge_.clear();
  const uint32_t slot = Crew::slot_of(event.token);
  if (!crew_.member(slot)) return;  // gone since the event was reported
  switch (Crew::part_of(event.token)) {
    case Crew::kTasks:
      crew_.flush(slot);
      break;
    case Crew::kResults:
      if (crew_.member(slot)->read_in_round != rounds_) read(slot);
      break;
    default:
      lose(slot);
      break;
  }
}

void PoolEngine::read(uint32_t slot) {
  Crew::Member& member = *crew_.member(slot);
  member.read_in_round = rounds_;
  // Once: enough is read at a time, and no worker is served at another's cost.
  const os::IoState state = member.results.fill();
  while (const auto frame = member.results.next()) take(slot, *frame);
  if (state == os::IoState::closed) lose(slot);
}

void PoolEngine::take(uint32_t slot, Bytes frame) {
  Crew::Member& member = *crew_.member(slot);
  const auto header = take_header<ResultHeader>(frame);
  ++member.seen_sent;
  const Bytes rest = frame.subspan(header.result_bytes);
  if (header.outcome == Outcome::initializer_threw) {
    failed_starts_ = kMostFailedStarts;
    const std::exception_ptr thrown = get_exception(rest);
    try {
      std::rethrow_exception(thrown);
    } catch (const std::exception& error) {
      last_failure_ = std::string("its initializer threw ") + error.what();
    }
    return;
  }
  failed_starts_ = 0;
  if (member.given.empty()) throw std::logic_error("internal error: a worker sent a result of nothing");
  const Given given = std::move(member.given.front());
  member.given.pop_front();
  const std::exception_ptr failure = header.outcome == Outcome::threw ? get_exception(rest) : nullptr;
  end_chunk(given, header.count, frame.first(header.result_bytes), failure);
}

/// A worker has ended: by itself, because it was killed, or because we have just done so.
void PoolEngine::lose(uint32_t slot) {
  Crew::Member& member = *crew_.member(slot);
  while (member.results.fill() == os::IoState::done) {
  }
  while (const auto frame = member.results.next()) take(slot, *frame);
  const int pid = member.process.pid();
  const std::exception_ptr condemned = member.condemned;
  std::deque<Given> given = std::move(member.given);
  Board& board = crew_.board(slot);
  std::vector<Ticket> tickets;
  for (const Given& each : given) tickets.push_back(board.ticket(each.sequence).load());
  const uint32_t item = board.item.load();
  const bool ready = board.ready.load();
  const std::string how = crew_.remove(slot);
  empty_slots_.push_back(slot);
  if (!ready && !condemned) {
    if (failed_starts_ < kMostFailedStarts) last_failure_ = "a worker " + how + " before it was ready";
    ++failed_starts_;
  }
  while (!given.empty()) {
    Given each = std::move(given.back());
    const Ticket ticket = tickets.back();
    given.pop_back();
    tickets.pop_back();
    if (ticket == Ticket::given) {
      if (!each.batch->finished) again_.push_front({std::move(each.batch), each.chunk});
    } else {
      const uint64_t number = each.batch->first_item(each.chunk) + item;
      end_chunk(each, 0, {},
                condemned ? condemned
                          : std::make_exception_ptr(WorkerLost("the worker of task " + std::to_string(number) +
                                                               " (process " + std::to_string(pid) + ") " + how)));
    }
  }
}

/// Starts workers where there are none.
void PoolEngine::refill(Lock& lock) {
  constexpr std::chrono::milliseconds kPatience{100};
  if (failed_starts_ >= kMostFailedStarts) throw PoolClosed(last_failure_);
  while (!empty_slots_.empty() && os::Clock::now() >= refill_at_) {
    try {
      if (!crew_.has_server() && !renew_server(lock)) return;
      crew_.start(empty_slots_.back());
      empty_slots_.pop_back();
    } catch (const ServerGone&) {
      crew_.lose_server();
    } catch (const std::system_error&) {
      if (empty_slots_.size() == slots_) throw;
      refill_at_ = os::Clock::now() + kPatience;  // the others can go on meanwhile
    }
  }
}

/// The fork server was killed. Another one can be had as long as this process has no threads but our own.
bool PoolEngine::renew_server(Lock& lock) try {
  const Unlocked unlocked(lock);  // forking takes it
  crew_.renew_server();
  return true;
} catch (const os::ThreadsRunning&) {
  if (empty_slots_.size() < slots_) return false;
  throw PoolClosed("the fork server and all workers were killed, and this program has several threads by now");
}

/// A worker that has nothing to do but to leave out what was withdrawn says nothing when it has done so: when to look.
os::Time PoolEngine::next_room(os::Time now) {
  constexpr std::chrono::milliseconds kSoon{1};
  for (uint32_t slot = 0; slot < slots_; ++slot) {
    const auto& member = crew_.member(slot);
    if (member && member->given.empty() && !member->condemned && !crew_.has_room(slot)) return now + kSoon;
  }
  return os::kNever;
}

/// Kills the workers whose time is up; answers when the next will be.
os::Time PoolEngine::enforce_time_limits(os::Time now) {
  os::Time next = os::kNever;
  for (uint32_t slot = 0; slot < slots_; ++slot) {
    const auto& member = crew_.member(slot);
    if (!member || member->given.empty() || member->condemned) continue;
    const Given& running = member->given.front();
    const os::Duration limit = running.batch->timeout;
    if (limit.count() == 0) continue;
    Board& board = crew_.board(slot);
    const int64_t began = board.item_began.load();
    const bool started = board.ticket(running.sequence).load() == Ticket::started;
    const os::Time ends = os::later(started ? os::Time{os::Duration{began}} : now, limit);
    if (ends > now) {
      next = std::min(next, ends);
      continue;
    }
    const uint64_t number = running.batch->first_item(running.chunk) + board.item.load();
    const auto milliseconds = std::chrono::duration_cast<std::chrono::milliseconds>(limit).count();
    const TaskTimeout why("task " + std::to_string(number) + " took longer than " + std::to_string(milliseconds) +
                          " ms");
    if (!crew_.condemn(slot, std::make_exception_ptr(why), began)) next = now;
  }
  return next;
}

// --- ends
// -------------------------------------------------------------------------------------------------------------

void PoolEngine::end_chunk(const Given& given, uint32_t count, Bytes results, const std::exception_ptr& failure) {
  Batch& batch = *given.batch;
  --batch.outstanding;
  if (batch.finished) return;
  try {
    batch.ended(given.chunk, count, results, failure);
  } catch (...) {
    // What came is no value of its type; the batch has kept nothing of it.
    batch.ended(given.chunk, 0, {}, std::current_exception());
  }
  settle(batch);
}

void PoolEngine::settle(Batch& batch) {
  if (!batch.finished && batch.outstanding == 0 && batch.next == batch.chunks() && !batch.more_to_come()) finish(batch);
}

void PoolEngine::finish(Batch& batch) {
  batch.finished = true;
  const auto found =
      std::find_if(active_.begin(), active_.end(), [&](const auto& each) { return each.get() == &batch; });
  const std::shared_ptr<Batch> alive = found == active_.end() ? nullptr : *found;
  if (found != active_.end()) active_.erase(found);
  if (batch.when_finished) std::exchange(batch.when_finished, nullptr)();
  changed_.notify_all();
}

void PoolEngine::abandon(Batch& batch, const std::exception_ptr& why, Running running) {
  std::erase_if(again_, [&](const Piece& piece) { return piece.batch.get() == &batch; });
  for (uint32_t slot = 0; slot < slots_; ++slot) {
    if (!crew_.member(slot)) continue;
    auto& given = crew_.member(slot)->given;
    std::erase_if(given, [&](const Given& each) { return each.batch.get() == &batch && crew_.withdraw(slot, each); });
    if (running == Running::end && !given.empty() && given.front().batch.get() == &batch) {
      (void)crew_.condemn(slot, why);
    }
  }
  batch.abandoned(why);
  finish(batch);
}

void PoolEngine::abandon_all(const std::exception_ptr& why) {
  while (!active_.empty()) {
    const std::shared_ptr<Batch> batch = active_.front();
    abandon(*batch, why, Running::end);
  }
}

}  // namespace mpr::pool
