// Watch: what a run waits for: signals, its workers, its sources, and those who take its output.
//
//   Watch watch(front_end, pool, slots);
//   watch.worker(slot);                                              // it has been started
//   for (const Watch::Event& event : watch.wait(until)) handle(event);
//
// Ownership: borrows everything.
#pragma once

#include <span>
#include <vector>

#include "os/poller.hpp"
#include "runner/front_end.hpp"
#include "runner/worker_pool.hpp"

namespace mpr::runner {

class Watch {
 public:
  enum class What : uint8_t {
    signals,
    output,      ///< more of it can be written
    tasks,       ///< more of them can be sent to the worker
    results,     ///< the worker has sent some
    worker_end,  ///< the worker has ended
    source,      ///< it has more
  };
  struct Event {
    What what;
    size_t of;  ///< the worker's slot, or the source's job
  };

  Watch(const FrontEnd& front_end, WorkerPool& pool, Slot slots) : front_end_(front_end), pool_(pool), slots_(slots) {}

  void signals(os::FdRef fd) { poller_.watch(fd, os::Poller::kReadable, token(What::signals)); }

  void worker(Slot slot);
  void forget_worker(Slot slot);
  /// Whether it is waited for that more can be sent.
  void tasks(Slot slot, bool waiting);
  /// Whether the workers' results are left where they are, for now.
  void hold_results(bool hold);

  /// False: it is always ready.
  bool source(size_t job, os::FdRef fd) { return poller_.watch(fd, os::Poller::kReadable, token(What::source, job)); }
  void forget_source(os::FdRef fd) { poller_.forget(fd); }

  /// After something was written, or tried to be: what must become writable for the rest.
  void output();
  /// As of then.
  [[nodiscard]] bool output_blocked() const { return !blocked_.empty(); }

  /// Until something happens, or then. Valid until the next call.
  [[nodiscard]] std::span<const Event> wait(os::Time until);

 private:
  static constexpr uint64_t kWhats = 6;

  [[nodiscard]] static uint64_t token(What what, size_t of = 0) { return of * kWhats + static_cast<uint64_t>(what); }
  void results(Slot slot);

  const FrontEnd& front_end_;
  WorkerPool& pool_;
  Slot slots_;
  os::Poller poller_;
  std::vector<os::FdRef> blocked_;
  std::vector<Event> events_;
  bool holding_results_ = false;
};

}  // namespace mpr::runner
