#include "pool/foreman.hpp"

#include <algorithm>

#include "pool/frames.hpp"
#include "spin.hpp"

namespace mpr::pool {
namespace {

// A worker that ends before it is ready this often in a row will never be.
constexpr unsigned kMostFailedStarts = 3;
// Now and then the poller is asked for workers that have died, however busy the others keep its owner.
constexpr uint64_t kRoundsBetweenLooks = 64;

}  // namespace

Foreman::Foreman(unsigned workers, ServerOptions options)
    : slots_(workers), crew_(workers, std::move(options), poller_) {
  poller_.watch(nudge_.fd(), os::Poller::kReadable, kNudge);
}

void Foreman::add(std::shared_ptr<Batch> batch) {
  active_.push_back(batch);
  settle(*batch);
}

bool Foreman::has_background_work() const {
  return std::any_of(active_.begin(), active_.end(), [](const auto& batch) { return batch->in_background; });
}

void Foreman::feed() {
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
std::optional<uint32_t> Foreman::slot_for_work() {
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

std::optional<Foreman::Piece> Foreman::next_piece() {
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

void Foreman::give(uint32_t slot, Piece piece) {
  try {
    crew_.give(slot, piece.batch, piece.chunk);
  } catch (...) {
    end_chunk({piece.batch, piece.chunk, 0}, 0, {}, std::current_exception());
  }
}

/// Gives a worker without work what another has been given and not started.
void Foreman::rebalance() {
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

Foreman::Events Foreman::await_workers(os::Time deadline) {
  const bool sent = spin_until([this] { return anything_sent(); }, deadline);
  if (sent && rounds_ % kRoundsBetweenLooks != 0) return {};
  return poller_.wait(sent ? os::Time::min() : deadline);
}

bool Foreman::anything_sent() {
  for (uint32_t slot = 0; slot < slots_; ++slot) {
    const auto& member = crew_.member(slot);
    if (member && crew_.board(slot).sent.load(std::memory_order_acquire) > member->seen_sent) return true;
  }
  return false;
}

void Foreman::handle(Events events) {
  ++rounds_;
  for (uint32_t slot = 0; slot < slots_; ++slot) {
    if (crew_.member(slot) && crew_.board(slot).sent.load() > crew_.member(slot)->seen_sent) read(slot);
  }
  for (const os::Poller::Event& event : events) handle(event);
}

void Foreman::handle(const os::Poller::Event& event) {
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

void Foreman::read(uint32_t slot) {
  Crew::Member& member = *crew_.member(slot);
  member.read_in_round = rounds_;
  // Once: enough is read at a time, and no worker is served at another's cost.
  const os::IoState state = member.results.fill();
  while (const auto frame = member.results.next()) take(slot, *frame);
  if (state == os::IoState::closed) lose(slot);
}

void Foreman::take(uint32_t slot, Bytes frame) {
  Crew::Member& member = *crew_.member(slot);
  const auto header = take_header(frame, &ResultHeader::result_bytes);
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
void Foreman::lose(uint32_t slot) {
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

bool Foreman::refill() {
  if (failed_starts_ >= kMostFailedStarts) throw PoolClosed(last_failure_);
  while (!empty_slots_.empty() && os::Clock::now() >= refill_at_) {
    if (!crew_.has_server()) return false;
    try {
      crew_.start(empty_slots_.back());
      empty_slots_.pop_back();
    } catch (const ServerGone&) {
      crew_.lose_server();
    } catch (const std::system_error&) {
      if (empty_slots_.size() == slots_) throw;
      put_off_refill();  // the others can go on meanwhile
    }
  }
  return true;
}

void Foreman::put_off_refill() {
  constexpr std::chrono::milliseconds kPatience{100};
  refill_at_ = os::later(os::Clock::now(), kPatience);
}

os::Time Foreman::next_look() {
  const os::Time now = os::Clock::now();
  const os::Time refill_at = empty_slots_.empty() ? os::kNever : refill_at_;
  return std::min({enforce_time_limits(now), next_room(now), refill_at});
}

/// A worker that has nothing to do but to leave out what was withdrawn says nothing when it has done so: when to look.
os::Time Foreman::next_room(os::Time now) {
  constexpr std::chrono::milliseconds kSoon{1};
  for (uint32_t slot = 0; slot < slots_; ++slot) {
    const auto& member = crew_.member(slot);
    if (member && member->given.empty() && !member->condemned && !crew_.has_room(slot)) return now + kSoon;
  }
  return os::kNever;
}

/// Kills the workers whose time is up; answers when the next will be.
os::Time Foreman::enforce_time_limits(os::Time now) {
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

void Foreman::end_chunk(const Given& given, uint32_t count, Bytes results, const std::exception_ptr& failure) {
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

void Foreman::settle(Batch& batch) {
  if (!batch.finished && batch.outstanding == 0 && batch.next == batch.chunks() && !batch.more_to_come()) finish(batch);
}

void Foreman::finish(Batch& batch) {
  batch.finished = true;
  const auto found =
      std::find_if(active_.begin(), active_.end(), [&](const auto& each) { return each.get() == &batch; });
  const std::shared_ptr<Batch> alive = found == active_.end() ? nullptr : *found;
  if (found != active_.end()) active_.erase(found);
  if (batch.when_finished) std::exchange(batch.when_finished, nullptr)();
}

void Foreman::abandon(Batch& batch, const std::exception_ptr& why, Engine::Running running) {
  std::erase_if(again_, [&](const Piece& piece) { return piece.batch.get() == &batch; });
  for (uint32_t slot = 0; slot < slots_; ++slot) {
    if (!crew_.member(slot)) continue;
    auto& given = crew_.member(slot)->given;
    std::erase_if(given, [&](const Given& each) { return each.batch.get() == &batch && crew_.withdraw(slot, each); });
    if (running == Engine::Running::end && !given.empty() && given.front().batch.get() == &batch) {
      (void)crew_.condemn(slot, why);
    }
  }
  batch.abandoned(why);
  finish(batch);
}

void Foreman::abandon_all(const std::exception_ptr& why) {
  while (!active_.empty()) {
    const std::shared_ptr<Batch> batch = active_.front();
    abandon(*batch, why, Engine::Running::end);
  }
}

}  // namespace mpr::pool
