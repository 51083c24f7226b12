#include "worker/attempt.hpp"

#include <algorithm>
#include <csignal>

#include "leftovers.hpp"

namespace mpr::worker {
namespace {

// A task that ends within this time is read from once, at its end: its output, up to a pipe's capacity, need not wake
// us.
constexpr std::chrono::milliseconds kQuietTime{3};
constexpr size_t kLittle = 32 * 1024;

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
  result.leaked =
      settle_leftovers(supervisor_, ladder_,
                       [this](std::span<const os::ProcessHandle> ends, os::Time until) { (void)wait(ends, until); });
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
  process_.signal_all(*signal);
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
