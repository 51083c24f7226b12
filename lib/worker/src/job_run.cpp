#include "job_run.hpp"

#include <algorithm>
#include <csignal>
#include <system_error>

#include "leftovers.hpp"

namespace mpr::worker {
namespace {

// A task that ends within this time reads itself what it has written.
constexpr std::chrono::milliseconds kQuietTime{3};
// A process that is to begin no task, and was not seen to be at one, has given them back by then.
constexpr std::chrono::milliseconds kRecallTime{200};
constexpr size_t kMuchText = 16 * 1024;     // not worth copying once more, to send it with others'
constexpr size_t kMuchWritten = 32 * 1024;  // then a pipe is soon full, and the task waits

void ignore(Stream /*unused*/, std::span<const std::byte> /*unused*/) {}

}  // namespace

JobRun::JobRun(JobExecutor& executor, const Batch& batch, Supervisor& supervisor)
    : executor_(executor),
      batch_(batch),
      supervisor_(supervisor),
      deliver_([this](Stream stream, std::span<const std::byte> bytes) { deliver(stream, bytes); }),
      count_(batch.count),
      silent_since_(os::Clock::now()),
      quiet_until_(silent_since_ + kQuietTime) {}

void JobRun::run() {
  while (stopping_ || outstanding() || (told_ < count_ && wanted())) {
    if (!wanted()) {
      call_back();
    } else if (!stopping_) {
      if (!provide_process()) continue;
      ask();
    }
    wait();
    take_answers();
    if (ended_) {
      settle_end();
    } else {
      stop_if_due();
    }
  }
  give_back_from(told_);
  if (called_back_ && process()) process()->link().release(job::kRecall);
}

bool JobRun::provide_process() {
  if (process() && asked_ == told_) {
    const bool used_up = batch_.recycle_after != 0 && process()->link().asked() >= batch_.recycle_after;
    if (used_up || !want_same_process(process()->started_for(), batch_.common)) retire_process();
  }
  if (process()) return true;
  const auto failure = start_process();
  if (!failure) return true;
  Result result;
  result.ending = Ending::could_not_start;
  result.failure = *failure;
  tell_end(result);
  asked_ = told_;
  return false;
}

std::optional<os::SpawnFailure> JobRun::start_process() try {
  auto fresh = std::make_unique<JobProcess>(executor_.buffer_);
  const auto failure = fresh->start(batch_.common, executor_.launcher_, executor_.null_, supervisor_);
  if (!failure) executor_.process_ = std::move(fresh);
  return failure;
} catch (const NoPipe& none) {
  return os::SpawnFailure{none.error, os::SpawnStep::stdio};
} catch (const std::system_error& error) {
  return os::SpawnFailure{error.code().value(), os::SpawnStep::stdio};
}

void JobRun::retire_process() {
  process()->retire(supervisor_.residents());
  (void)settle_leftovers_of_process();
  executor_.process_.reset();
}

void JobRun::ask() {
  JobLink& link = process()->link();
  if (link.outstanding() == 0) silent_since_ = os::Clock::now();
  while (asked_ < batch_.count && link.outstanding() <= executor_.pace_.tasks() && !link.congested()) {
    uint64_t count = std::min(executor_.pace_.tasks(), batch_.count - asked_);
    if (batch_.recycle_after != 0) count = std::min(count, batch_.recycle_after - link.asked());
    if (count == 0) break;
    job::RequestHead head;
    head.place = batch_.place + asked_;
    head.count = static_cast<uint32_t>(count);
    head.words = batch_.words_each;
    head.attempt = batch_.common.attempt;
    const size_t from = asked_bytes_;
    asked_ += head.count;
    asked_bytes_ = asked_ == batch_.count ? batch_.requests.size() : end_of(from, head.count);
    link.ask(head, std::span{batch_.requests}.subspan(from, asked_bytes_ - from));
  }
}

size_t JobRun::end_of(size_t from, uint32_t count) const {
  Requests requests{std::span{batch_.requests}.subspan(from), batch_.words_each};
  Requests::Words words;
  for (uint32_t task = 0; task < count; ++task) {
    if (!requests.next(words)) throw WireError();
  }
  return batch_.requests.size() - requests.rest().size();
}

void JobRun::call_back() {
  if (called_back_) return;
  called_back_ = true;
  if (supervisor_.wish() != Wish::go_on) silent_since_ = os::Clock::now();
  JobLink& link = process()->link();
  link.hold(job::kRecall);
  // No more is begun, though the last of these may yet come back, too. The next one is the process's in any case: else
  // nobody would have had the task that one which never begins was asked for.
  const uint64_t begun = link.begun() - std::min(link.begun(), link.taken());
  give_back_from(static_cast<uint32_t>(std::min<uint64_t>(asked_, told_ + std::max<uint64_t>(begun, 1))));
}

void JobRun::give_back_from(uint32_t task) {
  if (task >= count_) return;
  supervisor_.give_back(batch_.common.number + task, count_ - task);
  count_ = task;
}

void JobRun::take_answers() {
  if (!process()) return;
  JobLink& link = process()->link();
  const uint32_t before = told_;
  os::Duration time{0};
  while (supervisor_.accepts_output()) {
    const auto answer = link.next();
    if (!answer) break;
    time += answer->elapsed();
    tell(*answer);
  }
  link.make_room();
  if (told_ > before) executor_.pace_.answered(told_ - before, time);
  // One that waits for room for its answers is not silent.
  if (told_ > before || !supervisor_.accepts_output()) silent_since_ = os::Clock::now();
}

void JobRun::tell(const JobAnswer& answer) {
  const bool returned = answer.is(job::AnswerHead::returned);
  // What was given back is another's to run, and what was not asked back may not be given back.
  if (returned ? !called_back_ : told_ == count_) return process()->link().refuse();
  if (returned) return give_back_from(told_);
  const bool part = answer.is(job::AnswerHead::part);
  if (!part && answer.head.status == 0 && answer.err.empty() && answer.out.size() < kMuchText && !stopping_) {
    supervisor_.answered(batch_.common.number + told_, answer.elapsed(), answer.out);
    count_told();
    return;
  }
  if (!answer.out.empty()) deliver(Stream::out, answer.out);
  if (!answer.err.empty()) deliver(Stream::err, answer.err);
  if (part) return;
  Result result;
  result.status = os::ExitStatus::exited(answer.head.status);
  result.elapsed = answer.elapsed();
  tell_end(result);
  // It has survived SIGTERM, and its process waits for leave to begin another task.
  if (stopping_ && !ended_) process()->signal(SIGKILL);
}

void JobRun::tell_end(Result& result) {
  result.number = batch_.common.number + told_;
  result.attempt = batch_.common.attempt;
  result.started = os::Clock::now().time_since_epoch() - result.elapsed;
  if (stopping_ && stopping_->reason()) result.ending = *stopping_->reason();
  supervisor_.ended(result);
  count_told();
}

void JobRun::count_told() {
  ++told_;
  executor_.prints_much_ = written_ >= kMuchWritten;
  written_ = 0;
}

void JobRun::deliver(Stream stream, std::span<const std::byte> bytes) {
  written_ += bytes.size();
  supervisor_.output(batch_.common.number + told_, stream, bytes);
}

void JobRun::wait() {
  JobLink& link = process()->link();
  const os::Time now = os::Clock::now();
  const bool reading = now >= quiet_until_ && supervisor_.accepts_output();
  const auto reader = [&](Stream stream) { return reading ? process()->reader(stream) : os::FdRef{}; };
  watched_.clear();
  const size_t orders = watched_.add(supervisor_.orders(), os::PollSet::kReadable);
  const size_t queue = watched_.add(supervisor_.congested_queue(), os::PollSet::kWritable);
  const size_t notices = watched_.add(link.notices(), os::PollSet::kReadable);
  const size_t end = watched_.add(process()->handle().fd(), os::PollSet::kReadable);
  const size_t requests = watched_.add(link.congested(), os::PollSet::kWritable);
  const size_t out = watched_.add(reader(Stream::out), os::PollSet::kReadable);
  const size_t err = watched_.add(reader(Stream::err), os::PollSet::kReadable);
  const size_t orphans = watched_.add(reading ? supervisor_.child_ends() : os::FdRef{}, os::PollSet::kReadable);
  watched_.wait(next_deadline(now));
  if (watched_.ready(orders)) supervisor_.read_orders();
  if (watched_.ready(requests)) link.flush();
  if (watched_.ready(notices)) {
    link.take_notices();
    keep_quiet();
  } else if (watched_.ready(out) || watched_.ready(err)) {
    take_answers();
    if (process()->read_output(deliver_) == 0) quiet_until_ = os::Clock::now() + kQuietTime;
  }
  ended_ = watched_.ready(end);
  if (watched_.ready(orphans) && !ended_) supervisor_.reap_orphans(process()->handle());
  if (watched_.ready(queue) || os::Clock::now() >= supervisor_.pass_on_at()) supervisor_.pass_on();
}

void JobRun::keep_quiet() {
  quiet_until_ = executor_.prints_much_ ? os::Time::min() : os::Clock::now() + kQuietTime;
}

Countdown* JobRun::time_limit() {
  if (!batch_.common.timeout) return nullptr;
  JobLink& link = process()->link();
  const bool calling = link.calling();
  if (limit_ && limit_->task == told_) {
    // A call has one limit, however often the process says that it begins.
    if (limit_->of_call || (!calling && limit_->from == silent_since_)) return &limit_->countdown;
  }
  const os::Time from = calling ? link.began() : silent_since_;
  limit_.emplace(Limit{told_, calling, from, Countdown{from, *batch_.common.timeout}});
  return &limit_->countdown;
}

os::Time JobRun::next_deadline(os::Time now) {
  JobLink& link = process()->link();
  os::Time next = supervisor_.pass_on_at();
  if (now < quiet_until_) next = std::min(next, quiet_until_);
  // A task that is not so long yet may end without a notice, and the next take long.
  const bool sure_of_notice = link.calling() && now >= link.began() + kQuietTime;
  if (!sure_of_notice) next = std::min(next, now + kQuietTime);
  if (stopping_) return std::min(next, stopping_->next());
  if (const Countdown* limit = time_limit()) next = std::min(next, limit->next_look());
  return next;
}

bool JobRun::is_due(os::Time now) {
  const JobLink& link = process()->link();
  if (link.outstanding() == 0) return false;
  const bool calling = link.calling();
  if (supervisor_.wish() != Wish::go_on) return calling || now >= silent_since_ + kRecallTime;
  // What it has answered may be waiting for us.
  if (!calling && !supervisor_.accepts_output()) return false;
  Countdown* limit = time_limit();
  return limit && limit->over(now);
}

void JobRun::stop_if_due() {
  JobLink& link = process()->link();
  const os::Time now = os::Clock::now();
  if (link.broken()) return process()->signal(SIGKILL);
  const bool at_once = supervisor_.wish() == Wish::end_now;
  if (!stopping_ && (at_once || is_due(now))) {
    link.hold(job::kHalt);
    take_answers();
    if (at_once || is_due(now)) {
      // Its time is up already, if that is why.
      stopping_.emplace(now, os::Duration{0}, batch_.common.kill_after);
      stopped_ = told_;
    } else {
      link.release(job::kHalt);
    }
  }
  if (!stopping_) return;
  if (const auto signal = stopping_->due(supervisor_.wish(), now)) process()->signal(*signal);
  if (stopping_->given_up(now)) settle_end();
}

void JobRun::settle_end() {
  ended_ = true;
  JobLink& link = process()->link();
  const os::ProcessEnd end = process()->reap(supervisor_.residents());
  while (const auto answer = link.next()) tell(*answer);
  // One that never began a task would have done the same as a process of the task's own; and one that breaks the rules
  // is not believed that it was at none.
  const bool at_task = link.ended_in_task() || link.taken() == 0 || link.broken() || (stopping_ && stopped_ == told_);
  const bool in_task = told_ < count_ && link.outstanding() > 0 && at_task;
  Result result;
  result.status = end.status;
  if (link.broken()) {
    result.ending = Ending::no_answer;
    result.fault = Fault::protocol;
  }
  if (link.ended_in_task()) result.elapsed = os::Clock::now() - link.began();
  process()->drain(in_task ? deliver_ : ignore);
  const bool leaked = settle_leftovers_of_process();
  process()->drain(in_task ? deliver_ : ignore);
  result.leaked = in_task && leaked;
  if (in_task) tell_end(result);
  executor_.process_.reset();
  limit_.reset();
  asked_ = told_;
  asked_bytes_ = end_of(0, told_);
  stopping_.reset();
  ended_ = false;
  called_back_ = false;
}

bool JobRun::settle_leftovers_of_process() {
  const StopLadder calm{os::Clock::now(), std::nullopt, batch_.common.kill_after};
  return settle_leftovers(supervisor_, stopping_ ? *stopping_ : calm,
                          [this](std::span<const os::ProcessHandle> ends, os::Time until) {
                            watched_.clear();
                            const size_t orders = watched_.add(supervisor_.orders(), os::PollSet::kReadable);
                            for (const os::ProcessHandle& each : ends) {
                              watched_.add(each.fd(), os::PollSet::kReadable);
                            }
                            watched_.wait(until);
                            if (watched_.ready(orders)) supervisor_.read_orders();
                          });
}

}  // namespace mpr::worker
