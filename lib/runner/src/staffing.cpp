#include "staffing.hpp"

#include <cerrno>
#include <string>

#include "os/limits.hpp"
#include "runner/error.hpp"

namespace mpr::runner {
namespace {

/// "cannot fork: Resource temporarily unavailable (ulimit -u is 12)"
std::string text_of(const std::error_code& reason) {
  const std::string text = reason.message();
  const auto with_limit = [](const std::string& what, const char* option, const std::optional<uint64_t>& limit) {
    return limit ? what + " (ulimit " + option + " is " + std::to_string(*limit) + ")" : what;
  };
  switch (reason.value()) {
    case EAGAIN:
      return with_limit("cannot fork: " + text, "-u", os::process_limit());
    case EMFILE:
      return with_limit("cannot start a worker: " + text, "-n", os::open_files_limit());
    case ENOMEM:
      return "cannot fork: " + text;
    default:
      return "cannot start a worker: " + text;
  }
}

const char* hint_for(const std::error_code& reason) {
  switch (reason.value()) {
    case EAGAIN:
      return "raise the limit of processes (ulimit -u, or pids.max of the cgroup), or end other processes";
    case EMFILE:
      return "raise the limit of open files (ulimit -n)";
    default:
      return "";
  }
}

}  // namespace

bool Staffing::start(Slot slot, os::Time now) {
  if (shortage_.has(slot)) return false;  // asked for again in the same turn
  reason_ = pool_.start(slot);
  if (!reason_) {
    shortage_.started(now);
    return true;
  }
  refuse(slot, now);
  refused_ = true;
  return false;
}

void Staffing::refuse(Slot slot, os::Time now) {
  shortage_.refused(slot, pool_.running(), now);
  scheduler_.close(slot);
}

void Staffing::resigned(Slot slot, int error, os::Time now) {
  reason_ = {error, std::generic_category()};
  resigned_.insert(slot);
  if (any_task_runs(now))
    ran();
  else if (starving_until_ == os::kNever)
    starving_until_ = os::later(now, patience_);
  if (now >= starving_until_) throw RunError(text_of(reason_), hint_for(reason_));
  refuse(slot, now);
  warn_once(pool_.running() - static_cast<unsigned>(resigned_.size()));
}

/// A worker that could not start what it has would have said so.
bool Staffing::any_task_runs(os::Time now) const {
  constexpr std::chrono::seconds kLongerThanWorkersTry{3};
  for (Slot slot = 1; slot <= workers_; ++slot) {
    const auto task = scheduler_.running(slot);
    if (task && resigned_.count(slot) == 0 && now - task->since > kLongerThanWorkersTry) return true;
  }
  return false;
}

bool Staffing::refused(os::Time now) {
  if (!refused_) return false;
  refused_ = false;
  if (pool_.running() == 0 && shortage_.given_up(now)) throw RunError(text_of(reason_), hint_for(reason_));
  warn_once(pool_.running());
  return true;
}

void Staffing::warn_once(unsigned going_on_with) {
  if (warned_ || going_on_with == 0) return;
  warned_ = true;
  front_end_.warn(text_of(reason_) + ": going on with " + std::to_string(going_on_with) + " of " +
                  std::to_string(workers_) + " workers");
}

void Staffing::try_again(os::Time now) {
  if (const auto slot = shortage_.due(now)) scheduler_.reopen(*slot);
}

}  // namespace mpr::runner
