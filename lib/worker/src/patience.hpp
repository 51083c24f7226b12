// Waiting for what an executor needs before it can run a task, without being deaf to orders meanwhile.
#pragma once

#include <algorithm>
#include <variant>

#include "os/poll_set.hpp"
#include "os/spawn.hpp"
#include "worker/supervisor.hpp"

namespace mpr::worker {

/// Waits for a while, or for an order.
inline void pause(Supervisor& supervisor, std::chrono::milliseconds time) {
  os::PollSet watched;
  const size_t orders = watched.add(supervisor.orders(), os::PollSet::kReadable);
  watched.wait(os::Clock::now() + time);
  if (watched.ready(orders)) supervisor.read_orders();
}

/// Whether to go on waiting for a helper that has not answered for a while. Reads orders.
inline bool may_wait(Supervisor& supervisor, os::Time deadline) {
  pause(supervisor, std::chrono::milliseconds{0});
  return supervisor.wish() == Wish::go_on && os::Clock::now() < deadline;
}

/// Out of processes or memory for the moment: other tasks' ends may mend it.
template <class Outcome>
bool may_pass(const Outcome& outcome) {
  const auto* failure = std::get_if<os::SpawnFailure>(&outcome);
  return failure && failure->step == os::SpawnStep::create_process &&
         (failure->error == EAGAIN || failure->error == ENOMEM);
}

/// What `start` answers, a variant with a SpawnFailure in it, called again for about a second for as long as the reason
/// may pass. Who waits longer is the parent's to decide: it may be the workers that are too many.
template <class Start>
auto start_patiently(Supervisor& supervisor, const Start& start) {
  constexpr std::chrono::milliseconds kFirstRetry{10};
  constexpr std::chrono::milliseconds kLastRetry{200};
  constexpr std::chrono::milliseconds kRetryFor{1000};
  const os::Time give_up = os::Clock::now() + kRetryFor;
  for (auto delay = kFirstRetry;; delay = std::min(2 * delay, kLastRetry)) {
    auto outcome = start();
    if (!may_pass(outcome) || supervisor.wish() != Wish::go_on || os::Clock::now() >= give_up) return outcome;
    pause(supervisor, delay);
  }
}

}  // namespace mpr::worker
