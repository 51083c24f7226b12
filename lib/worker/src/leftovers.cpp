#include "leftovers.hpp"

#include <algorithm>
#include <csignal>
#include <set>

#include "os/descendants.hpp"

namespace mpr::worker {
namespace {

// What a task left in the background may take to finish by itself, as a shell's process substitutions do.
constexpr std::chrono::milliseconds kGrace{100};
// A killed process that is not gone by then is in uninterruptible sleep.
constexpr std::chrono::seconds kLimit{10};

void terminate_new(const std::vector<pid_t>& left, std::set<pid_t>& terminated) {
  for (const pid_t leftover : left) {
    if (!terminated.insert(leftover).second) continue;
    os::signal_child(leftover, SIGTERM);
    os::signal_child(leftover, SIGCONT);
  }
}

}  // namespace

bool settle_leftovers(Supervisor& supervisor, const StopLadder& ladder, const WaitForEnds& wait) {
  const std::vector<pid_t>& spared = supervisor.residents().pids();
  const auto are_left = [&] { return !supervisor.residents().are_all_children() && os::reap_ended_children(spared); };
  if (!are_left()) return false;
  const bool stopped = ladder.stopping();
  const os::Time grace_ends = stopped ? ladder.patience_ends() : os::Clock::now() + kGrace;
  std::set<pid_t> terminated;
  while (are_left()) {
    const os::Time now = os::Clock::now();
    if (now >= grace_ends || supervisor.wish() == Wish::end_now) break;
    const std::vector<pid_t> left = os::children_except(spared);
    if (stopped) terminate_new(left, terminated);
    wait(os::handles_of(left), std::min(grace_ends, now + os::kLookAgain));
  }
  const bool leaked = are_left() && !stopped;
  (void)os::end_descendants(os::Clock::now() + kLimit, spared);
  return leaked;
}

}  // namespace mpr::worker
