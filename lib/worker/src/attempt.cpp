#include "worker/attempt.hpp"

#include <algorithm>
#include <csignal>

#include "os/descendants.hpp"
#include "os/error.hpp"

namespace mpr::worker {
namespace {

// What a task left in the background may take to finish by itself, as a shell's process substitutions do.
constexpr std::chrono::milliseconds kLeftoverGrace{100};
// A killed process that is not gone by then is in uninterruptible sleep.
constexpr std::chrono::seconds kLeftoverLimit{10};

}  // namespace

Attempt::Attempt(const Task& task, Supervisor& supervisor, Capture& capture, StopLadder ladder)
    : task_(task),
      supervisor_(supervisor),
      capture_(capture),
      deliver_([this](Stream stream, std::span<const std::byte> bytes) { supervisor_.output(task_, stream, bytes); }),
      ladder_(ladder) {}

void Attempt::follow(os::ProcessHandle process, Result& result) {
  process_ = std::move(process);
  quiet_until_ = os::Clock::now() + std::chrono::milliseconds(3);
  await_main_process(result);
  if (os::reap_ended_children()) settle_leftovers(result);
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
  process_.signal_group(*signal);
  process_.signal(*signal);        // in case it has left its group
  process_.signal_group(SIGCONT);  // a stopped process takes no SIGTERM
}

void Attempt::settle_leftovers(Result& result) {
  const bool stopped = ladder_.stopping();
  const os::Time grace_ends = stopped ? ladder_.next() : os::Clock::now() + kLeftoverGrace;
  while (os::reap_ended_children()) {
    if (os::Clock::now() >= grace_ends || supervisor_.wish() == Wish::end_now) break;
    const std::vector<os::ProcessHandle> leftovers = os::child_handles();
    if (stopped) terminate_new(leftovers);
    (void)wait(leftovers, grace_ends);
  }
  result.leaked = os::reap_ended_children() && !stopped;
  (void)os::end_descendants(os::Clock::now() + kLeftoverLimit);
}

void Attempt::terminate_new(std::span<const os::ProcessHandle> leftovers) {
  for (const os::ProcessHandle& leftover : leftovers) {
    if (!terminated_.insert(leftover.pid()).second) continue;
    leftover.signal(SIGTERM);
    leftover.signal(SIGCONT);
  }
}

bool Attempt::wait(std::span<const os::ProcessHandle> ends, os::Time until) {
  const bool reading = supervisor_.accepts_output() && os::Clock::now() >= quiet_until_;
  const auto reader = [&](Stream stream) { return reading ? capture_.reader(stream) : os::FdRef{}; };
  watched_.assign({{supervisor_.orders().get(), POLLIN, 0},
                   {supervisor_.congested_queue().get(), POLLOUT, 0},
                   {reader(Stream::out).get(), POLLIN, 0},
                   {reader(Stream::err).get(), POLLIN, 0}});
  for (const os::ProcessHandle& end : ends) watched_.push_back({end.fd().get(), POLLIN, 0});
  os::Time deadline = std::min(until, supervisor_.pass_on_at());
  if (!reading && quiet_until_ != os::Time::min()) deadline = std::min(deadline, quiet_until_);
  const int timeout = os::poll_milliseconds(deadline, os::Clock::now());
  if (::poll(watched_.data(), watched_.size(), timeout) < 0 && errno != EINTR) os::throw_errno("poll");
  if (watched_[0].revents) supervisor_.read_orders();
  if (watched_[2].revents) capture_.read(Stream::out, deliver_);
  if (watched_[3].revents) capture_.read(Stream::err, deliver_);
  if (watched_[1].revents || os::Clock::now() >= supervisor_.pass_on_at()) supervisor_.pass_on();
  return std::any_of(watched_.begin() + 4, watched_.end(), [](const pollfd& end) { return end.revents != 0; });
}

}  // namespace mpr::worker
