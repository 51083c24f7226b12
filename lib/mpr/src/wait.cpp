#include "mpr/wait.hpp"

#include <algorithm>
#include <stdexcept>

#include "os/poll_set.hpp"
#include "wait_channel.hpp"

namespace mpr {

std::vector<size_t> wait_until(std::span<const Waitable> list, os::Time deadline) {
  for (const Waitable& each : list) {
    if (!each.fd()) throw std::logic_error("waiting for a connection or descriptor that has been closed");
  }
  std::vector<size_t> ready;
  if (list.empty()) return ready;
  const auto any = [&](bool (Waitable::*is)() const) {
    return std::any_of(list.begin(), list.end(), [is](const Waitable& each) { return (each.*is)(); });
  };
  const bool look_again = any(&Waitable::must_be_looked_at);
  os::PollSet set;
  for (const Waitable& each : list) set.add(each.fd(), os::PollSet::kReadable);
  for (;;) {
    // What was read ahead makes no descriptor readable.
    const os::Time latest = look_again ? std::min(deadline, os::later(os::Clock::now(), kLookAgain)) : deadline;
    set.wait(any(&Waitable::ready_already) ? os::Time::min() : latest);
    for (size_t place = 0; place < list.size(); ++place) {
      if (list[place].ready_already() || (set.ready(place) && list[place].ready())) ready.push_back(place);
    }
    if (!ready.empty() || os::Clock::now() >= deadline) return ready;
  }
}

std::vector<size_t> wait(std::span<const Waitable> list) {
  return wait_until(list, os::kNever);
}

std::vector<size_t> wait_for(std::span<const Waitable> list, os::Duration time) {
  return wait_until(list, os::later(os::Clock::now(), time));
}

}  // namespace mpr
