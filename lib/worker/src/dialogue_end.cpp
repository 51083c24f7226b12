// Waiting for answers, and the ends of the process: by itself, by a signal of ours, or because it is worn out.
#include <csignal>

#include "worker/dialogue.hpp"

namespace mpr::worker {
namespace {

// From the end of its input, or of its output, to the end of the process.
constexpr std::chrono::milliseconds kGrace{100};

}  // namespace

void Dialogue::await_answers() {
  note_if_closed();
  wait(std::min(ladder_.next(), closed_until_));
  if (fault_) return fail(*fault_);
  if (ended_) return process_ended();
  if (!waiting()) return;
  if (const auto signal = ladder_.due(supervisor_.wish(), os::Clock::now())) return stop_turn(*signal);
  if (os::Clock::now() >= closed_until_) fail(Fault::closed);
}

void Dialogue::wait(os::Time until) {
  const ResidentProcess& process = *partner_.process;
  const bool reading = supervisor_.accepts_output();
  const auto out_reader = reading || ending_ ? process.reader(Stream::out) : os::FdRef{};
  const auto err_reader = reading ? process.reader(Stream::err) : os::FdRef{};
  watched_.clear();
  const size_t orders = watched_.add(supervisor_.orders(), os::PollSet::kReadable);
  const size_t queue = watched_.add(supervisor_.congested_queue(), os::PollSet::kWritable);
  const size_t orphans = watched_.add(supervisor_.child_ends(), os::PollSet::kReadable);
  const size_t in = watched_.add(unsent_.empty() ? os::FdRef{} : process.input(), os::PollSet::kWritable);
  const size_t out = watched_.add(out_reader, os::PollSet::kReadable);
  const size_t err = watched_.add(err_reader, os::PollSet::kReadable);
  const size_t end = watched_.add(process.handle().fd(), os::PollSet::kReadable);
  watched_.wait(std::min(until, supervisor_.pass_on_at()));
  if (watched_.ready(orders)) supervisor_.read_orders();
  if (watched_.ready(in)) write();
  if (watched_.ready(out)) {
    hear();
  } else if (watched_.ready(err)) {
    hear_err();
  }
  if (watched_.ready(orphans)) supervisor_.reap_orphans(process.handle());
  if (watched_.ready(end)) ended_ = true;
  if (watched_.ready(queue) || os::Clock::now() >= supervisor_.pass_on_at()) supervisor_.pass_on();
}

/// Before it is asked: whether it is still there, and has written nothing meanwhile.
void Dialogue::look() {
  const ResidentProcess& process = *partner_.process;
  watched_.clear();
  const size_t out = watched_.add(process.reader(Stream::out), os::PollSet::kReadable);
  const size_t end = watched_.add(process.handle().fd(), os::PollSet::kReadable);
  watched_.wait(os::Time::min());
  if (watched_.ready(out)) {
    turn_.begins(os::Clock::now());
    hear();
  }
  if (fault_) return fail(*fault_);
  if (watched_.ready(end)) return process_ended();
  if (!process.reader(Stream::out) || !process.input()) end_process_gently();
}

/// A process that can answer no more mostly ends in a moment, and tells more by that.
void Dialogue::note_if_closed() {
  const ResidentProcess& process = *partner_.process;
  const bool closed = !process.reader(Stream::out) || (!process.input() && !unsent_.empty());
  if (closed && closed_until_ == os::kNever) closed_until_ = os::Clock::now() + kGrace;
}

void Dialogue::stop_turn(int signal) {
  partner_.process->signal(signal);
  const os::ExitStatus status = end_process(ladder_);
  turn_.ended(*ladder_.reason(), status);
  forget_process();
}

void Dialogue::process_ended() {
  const os::ProcessEnd end = partner_.process->reap();
  drain();
  // One that ended before any of the request was written has not been asked, unless it ends whenever it is started.
  const bool was_asked = waiting() && (begun_ || process_started_at_ == turn_.told());
  if (fault_) {
    turn_.no_answer(*fault_);
  } else if (was_asked && (end.lost || end.status.success())) {
    turn_.no_answer(Fault::ended);
  } else if (was_asked) {
    turn_.ended(Ending::exited, end.status);
  }
  forget_process();
}

void Dialogue::fail(Fault fault) {
  (void)end_process({os::Clock::now(), os::Duration{0}, batch_.common.kill_after});
  turn_.no_answer(fault);
  forget_process();
}

os::ExitStatus Dialogue::end_process(StopLadder ladder) {
  ending_ = true;
  unsent_.clear();
  partner_.process->close_input();
  while (!ended_) {
    if (const auto signal = ladder.due(supervisor_.wish(), os::Clock::now())) partner_.process->signal(*signal);
    if (ladder.given_up(os::Clock::now())) {
      partner_.process->abandon();
      return os::ExitStatus::signaled(SIGKILL);
    }
    wait(ladder.next());
  }
  const os::ProcessEnd end = partner_.process->reap();
  drain();
  return end.status;
}

void Dialogue::end_process_gently() {
  (void)end_process({os::Clock::now(), kGrace, batch_.common.kill_after});
  forget_process();
}

/// What was asked of it and has not been told is to be asked again.
void Dialogue::forget_process() {
  partner_.process.reset();
  protocol_.restart();
  unsent_.clear();
  sent_ = 0;
  halfway_ = ending_ = ended_ = false;
  closed_until_ = os::kNever;
  fault_.reset();
  refused_ = 0;
  requests_ = Requests{batch_.requests, batch_.words_each};
  for (asked_ = 0; asked_ < turn_.told(); ++asked_) (void)requests_.next(words_);
}

}  // namespace mpr::worker
