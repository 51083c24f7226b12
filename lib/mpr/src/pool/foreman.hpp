// Foreman: hands the chunks of a pool's batches to its workers, takes their results, and sees to workers that die or
// take too long. It does nothing by itself: its owner calls, in turn,
//
//   if (!foreman.refill()) foreman.renew_server();
//   foreman.feed();
//   const auto events = foreman.await_workers(std::min(deadline, foreman.next_look()));     // the only one that waits
//   foreman.handle(events);
//
// Threads: one at a time; only await_workers() may run while another thread calls add(), feed(), abandon() or nudge().
// Errors: what makes the pool unable to go on: PoolClosed, std::system_error.
#pragma once

#include <deque>
#include <list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "mpr/pool_batch.hpp"
#include "os/event_fd.hpp"
#include "os/poller.hpp"
#include "pool/crew.hpp"

namespace mpr::pool {

class Foreman {
 public:
  using Events = std::span<const os::Poller::Event>;

  Foreman(unsigned workers, ServerOptions options);

  void add(std::shared_ptr<Batch> batch);
  /// Has the batch finished if nothing more can come of it.
  void settle(Batch& batch);
  /// What has not ended never will: it is as if it had failed for this reason.
  void abandon(Batch& batch, const std::exception_ptr& why, Engine::Running running);
  void abandon_all(const std::exception_ptr& why);

  [[nodiscard]] unsigned workers() const { return slots_; }
  [[nodiscard]] bool idle() const { return active_.empty(); }
  [[nodiscard]] bool has_background_work() const;

  /// Starts workers where there are none. False when the fork server is to be renewed first.
  [[nodiscard]] bool refill();
  void put_off_refill();
  /// Throws as os::fork_child does.
  void renew_server() { crew_.renew_server(); }
  [[nodiscard]] bool has_workers() const { return empty_slots_.size() < slots_; }

  /// Hands out what there is and workers have room for.
  void feed();
  /// Kills the workers whose time is up; answers when to look again at the latest.
  [[nodiscard]] os::Time next_look();
  /// Waits until something has happened among the workers, somebody nudges, or the deadline.
  [[nodiscard]] Events await_workers(os::Time deadline);
  void nudge() const { nudge_.signal(); }
  void handle(Events events);

  [[nodiscard]] Crew& crew() { return crew_; }

 private:
  struct Piece {
    std::shared_ptr<Batch> batch;
    uint64_t chunk = 0;
  };
  static constexpr uint64_t kNudge = 0;

  [[nodiscard]] std::optional<Piece> next_piece();
  [[nodiscard]] std::optional<uint32_t> slot_for_work();
  void give(uint32_t slot, Piece piece);
  void rebalance();
  [[nodiscard]] bool anything_sent();
  void handle(const os::Poller::Event& event);
  void read(uint32_t slot);
  void take(uint32_t slot, Bytes frame);
  void lose(uint32_t slot);
  [[nodiscard]] os::Time next_room(os::Time now);
  [[nodiscard]] os::Time enforce_time_limits(os::Time now);
  void end_chunk(const Given& given, uint32_t count, Bytes results, const std::exception_ptr& failure);
  void finish(Batch& batch);

  const unsigned slots_;
  os::Poller poller_;
  os::EventFd nudge_;
  Crew crew_;
  std::list<std::shared_ptr<Batch>> active_;  ///< not finished, in the order of submission
  std::deque<Piece> again_;                   ///< given to workers that did not start them
  std::vector<uint32_t> empty_slots_;
  os::Time refill_at_ = os::Time::min();  ///< after the system had no process to give
  unsigned failed_starts_ = 0;
  std::string last_failure_;
  uint64_t rounds_ = 0;
};

}  // namespace mpr::pool
