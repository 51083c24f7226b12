#include "runner/job_outputs.hpp"

#include <algorithm>
#include <system_error>
#include <utility>

#include "os/io.hpp"
#include "os/temporary_file.hpp"
#include "runner/error.hpp"

namespace mpr::runner {

JobOutputs::JobOutputs(Ordering ordering, std::string directory, size_t jobs)
    : ordering_(ordering), directory_(std::move(directory)), spill_(std::make_shared<Spill>(directory_)), jobs_(jobs) {}

void JobOutputs::begin(size_t job, bool stream, bool is_read) {
  const Ordering ordering = is_read ? Ordering::in_order : ordering_;
  jobs_[job].gather = std::make_unique<Gather>(ordering, stream && !is_read, spill_, worker::task_number(job, 1));
  jobs_[job].is_read = is_read;
  if (ordering_ != Ordering::in_order) begun_.push_back(job);
}

void JobOutputs::end(size_t job) {
  Entry& entry = jobs_[job];
  entry.ended = true;
  if (!entry.gather) return;
  entry.gather->close_gaps();
  if (entry.is_read) write_file(entry);
}

void JobOutputs::write_file(Entry& job) {
  try {
    job.file = os::open_unlinked_file(directory_);
    size_t written = 0;
    job.gather->read_finished([&](std::span<const std::byte> bytes) {
      os::write_at(job.file, bytes, written);
      written += bytes.size();
    });
  } catch (const std::system_error& error) {
    throw RunError("cannot keep the output of a job for another one in '" + directory_ + "': " + error.code().message(),
                   "set TMPDIR to a directory with room");
  }
}

std::string JobOutputs::gathered(size_t job) const {
  return os::path_of(jobs_[job].file);
}

void JobOutputs::close() {
  for (Entry& job : jobs_) {
    if (std::exchange(job.ended, true)) continue;
    if (job.gather) job.gather->close_gaps();
  }
}

void JobOutputs::advance() {
  const auto passed = [&](size_t job) {
    return jobs_[job].ended && (!jobs_[job].gather || jobs_[job].gather->drained());
  };
  for (; first_ < jobs_.size() && passed(first_); ++first_) jobs_[first_].gather.reset();
  std::erase_if(begun_, passed);
}

void JobOutputs::pump(Sink& sink) {
  if (ordering_ != Ordering::in_order) return pump_as_it_comes(sink);
  for (advance(); first_ < jobs_.size() && may_pass(jobs_[first_]); advance()) {
    Gather& gather = *jobs_[first_].gather;
    gather.pump(sink);
    if (!jobs_[first_].ended || !gather.drained()) return;
  }
}

void JobOutputs::pump_as_it_comes(Sink& sink) {
  const auto midway = std::find_if(begun_.begin(), begun_.end(),
                                   [&](size_t job) { return may_pass(jobs_[job]) && jobs_[job].gather->midway(); });
  if (midway != begun_.end()) jobs_[*midway].gather->pump(sink);
  for (const size_t job : begun_) {
    if (may_pass(jobs_[job])) jobs_[job].gather->pump(sink);
  }
  advance();
}

bool JobOutputs::drained() const {
  const auto waits = [&](size_t job) { return may_pass(jobs_[job]) && !jobs_[job].gather->drained(); };
  if (ordering_ == Ordering::in_order) return first_ == jobs_.size() || !waits(first_);
  return std::none_of(begun_.begin(), begun_.end(), waits);
}

uint64_t JobOutputs::held_bytes() const {
  return spill_->held_bytes();
}

}  // namespace mpr::runner
