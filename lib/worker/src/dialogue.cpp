#include "worker/dialogue.hpp"

namespace mpr::worker {
namespace {

constexpr size_t kMostUnsent = 64 * 1024;  // about what a pipe holds

}  // namespace

Dialogue::Dialogue(const Batch& batch, Supervisor& supervisor, Launcher& launcher, Protocol& protocol, Partner& partner,
                   std::span<char> buffer)
    : batch_(batch),
      supervisor_(supervisor),
      launcher_(launcher),
      protocol_(protocol),
      partner_(partner),
      buffer_(buffer),
      requests_(batch.requests, batch.words_each),
      count_(batch.count),
      turn_(batch, supervisor),
      ladder_(os::Time{}, std::nullopt, batch.common.kill_after) {}

void Dialogue::run() {
  while (turn_.told() < count_ && (waiting() || may_begin())) {
    if (!may_begin()) give_back_from(asked_);
    if (!waiting() && !ready()) continue;
    ask();
    if (waiting()) await_answers();
  }
  give_back_from(turn_.told());
}

void Dialogue::give_back_from(uint32_t task) {
  if (task >= count_) return;
  supervisor_.give_back(batch_.common.number + task, count_ - task);
  count_ = task;
}

bool Dialogue::may_begin() const {
  return supervisor_.wish() == Wish::go_on && !supervisor_.recalled();
}

bool Dialogue::worn_out() const {
  return batch_.recycle_after > 0 && partner_.asked >= batch_.recycle_after;
}

bool Dialogue::may_ask() const {
  const uint32_t ahead = protocol_.writes_ahead() ? partner_.pace.tasks() : 1;
  return may_begin() && refused_ == 0 && asked_ < batch_.count && asked_ - turn_.told() < ahead && !worn_out() &&
         unsent_.size() - sent_ < kMostUnsent;
}

/// Whether there is a process, and nothing against asking it.
bool Dialogue::ready() {
  if (!partner_.process) return start();
  if (worn_out() || !want_same_process(partner_.started_for, batch_.common)) {
    end_process_gently();
  } else {
    look();
  }
  return partner_.process != nullptr;
}

bool Dialogue::start() {
  turn_.begins(os::Clock::now());
  Task task = batch_.common;
  if (const auto word = protocol_.last_word()) task.command.argv.push_back(*word);
  std::optional<os::SpawnFailure> failure;
  try {
    partner_.process = std::make_unique<ResidentProcess>(buffer_, supervisor_.residents());
    failure = partner_.process->start(launcher_, task, supervisor_);
  } catch (const NoPipe& none) {
    failure = os::SpawnFailure{none.error, os::SpawnStep::stdio};
  }
  if (failure) {
    partner_.process.reset();
    (void)requests_.next(words_);
    ++asked_;
    turn_.could_not_start(*failure);
    return false;
  }
  partner_.started_for = batch_.common;
  partner_.asked = 0;
  partner_.has_answered = false;
  partner_.pace.start_again();
  process_started_at_ = turn_.told();
  return true;
}

void Dialogue::ask() {
  const bool idle = !waiting();
  // Not one by one: a write for each would cost more than the answer.
  if (asked_ - turn_.told() > partner_.pace.tasks() / 2) return;
  while (may_ask()) {
    if (!requests_.next(words_)) throw WireError();
    refused_ = protocol_.put_request(words_, unsent_);
    if (refused_ != 0) break;
    ++asked_;
    ++partner_.asked;
  }
  if (!waiting()) {
    if (refused_ == 0) return;
    turn_.begins(os::Clock::now());
    ++asked_;
    turn_.could_not_start({std::exchange(refused_, 0), os::SpawnStep::request});
    return;
  }
  if (idle) {
    begun_ = false;
    begin_turn(os::Clock::now());
    turn_.hear_err(partner_.early_err);
    partner_.early_err.clear();
  }
  write();
}

void Dialogue::write() {
  if (unsent_.empty() || !partner_.process->input()) return;
  const size_t written = partner_.process->write(std::string_view(unsent_).substr(sent_));
  sent_ += written;
  begun_ = begun_ || written > 0;
  if (sent_ < unsent_.size()) return;
  unsent_.clear();
  sent_ = 0;
}

void Dialogue::begin_turn(os::Time now) {
  turn_.begins(now);
  ladder_ = StopLadder{now, batch_.common.timeout, batch_.common.kill_after};
}

}  // namespace mpr::worker
