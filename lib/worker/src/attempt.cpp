#include "worker/attempt.hpp"

#include <algorithm>
#include <csignal>

#include "os/descendants.hpp"

namespace mpr::worker {
namespace {

// A task that ends within this time is read from once, at its end: its output, up to a pipe's capacity, need not wake
// us.
constexpr std::chrono::milliseconds kQuietTime{3};
constexpr size_t kLittle = 32 * 1024;
// What a task left in the background may take to finish by itself, as a shell's process substitutions do.
constexpr std::chrono::milliseconds kLeftoverGrace{100};
// A killed process that is not gone by then is in uninterruptible sleep.
constexpr std::chrono::seconds kLeftoverLimit{10};

}  // namespace

Attempt::Attempt(const Task& task, Supervisor& supervisor, Capture& capture, StopLadder ladder, Output expected)
    : task_(task),
      supervisor_(supervisor),
      capture_(capture),
      deliver_([this](Stream stream, std::span<const std::byte> bytes) {
        written_ += bytes.size();
        supervisor_.output(task_.number, stream, bytes);
      }),
      ladder_(ladder),
      expected_(expected) {}

Attempt::Output Attempt::output() const {
  return written_ < kLittle ? Output::little : Output::much;
}

void Attempt::follow(os::ProcessHandle process, Result& result) {
  process_ = std::move(process);
  if (expected_ == Output::little) quiet_until_ = os::Clock::now() + kQuietTime;
  await_main_process(result);
  if (leftovers()) settle_leftovers(result);
  capture_.drain(deliver_);
  if (ladder_.reason()) result.ending = *ladder_.reason();
}

void Attempt::await_main_process(Result& result) {
  for (;;) {
    if (wait({&process_, 1}, ladder_.next())) {
      const os::ProcessEnd end = process_.wait();
      result.status = end.status;
      result.usage = end.usage;
      return;
    }
    stop_process_if_due();
    if (ladder_.given_up(os::Clock::now())) {
      result.status = os::ExitStatus::signaled(SIGKILL);
      return;
    }
  }
}

void Attempt::stop_process_if_due() {
  const auto signal = ladder_.due(supervisor_.wish(), os::Clock::now());
  if (!signal) return;
  if (!process_.signal_group(*signal)) process_.signal(*signal);  // it has left its group
  process_.signal_group(SIGCONT);                                 // a stopped process takes no SIGTERM
}

bool Attempt::leftovers() const {
  return !supervisor_.residents().are_all_children() && os::reap_ended_children(spared());
}

void Attempt::settle_leftovers(Result& result) {
  const bool stopped = ladder_.stopping();
  const os::Time grace_ends = stopped ? ladder_.patience_ends() : os::Clock::now() + kLeftoverGrace;
  while (leftovers()) {
    const os::Time now = os::Clock::now();
    if (now >= grace_ends || supervisor_.wish() == Wish::end_now) break;
    const std::vector<pid_t> left = os::children_except(spared());
    if (stopped) terminate_new(left);
    (void)wait(os::handles_of(left), std::min(grace_ends, now + os::kLookAgain));
  }
  result.leaked = leftovers() && !stopped;
  (void)os::end_descendants(os::Clock::now() + kLeftoverLimit, spared());
}

void Attempt::terminate_new(const std::vector<pid_t>& left) {
  for (const pid_t leftover : left) {
    if (!terminated_.insert(leftover).second) continue;
    os::signal_child(leftover, SIGTERM);
    os::signal_child(leftover, SIGCONT);
  }
}

bool Attempt::wait(std::span<const os::ProcessHandle> ends, os::Time until) {
  const os::Time now = os::Clock::now();
  const bool quiet = now < quiet_until_;
  const bool reading = !quiet && supervisor_.accepts_output();
  const auto reader = [&](Stream stream) { return reading ? capture_.reader(stream) : os::FdRef{}; };
  watched_.clear();
  const size_t orders = watched_.add(supervisor_.orders(), os::PollSet::kReadable);
  const size_t queue = watched_.add(supervisor_.congested_queue(), os::PollSet::kWritable);
  const size_t out = watched_.add(reader(Stream::out), os::PollSet::kReadable);
  const size_t orphans = watched_.add(quiet ? os::FdRef{} : supervisor_.child_ends(), os::PollSet::kReadable);
  const size_t err = watched_.add(reader(Stream::err), os::PollSet::kReadable);
  for (const os::ProcessHandle& end : ends) watched_.add(end.fd(), os::PollSet::kReadable);
  watched_.wait(std::min({until, supervisor_.pass_on_at(), quiet ? quiet_until_ : os::kNever}));
  if (watched_.ready(orders)) supervisor_.read_orders();
  if (watched_.ready(out)) capture_.read(Stream::out, deliver_);
  if (watched_.ready(err)) capture_.read(Stream::err, deliver_);
  if (watched_.ready(orphans)) supervisor_.reap_orphans(process_);
  if (watched_.ready(queue) || os::Clock::now() >= supervisor_.pass_on_at()) supervisor_.pass_on();
  for (size_t place = err + 1; place <= err + ends.size(); ++place) {
    if (watched_.ready(place)) return true;
  }
  return false;
}

}  // namespace mpr::worker
