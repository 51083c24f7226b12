// JobOutputs: a gatherer for each job that has begun, and the order in which what they gather is passed on.
//
// in_order       the jobs in the order of the plan: a job's output waits for the jobs before it
// otherwise      as it comes
//
// What a job's tasks write to stdout can be had as one file once all have ended, if another job reads it. Such a job's
// output is in order, whatever the ordering, and is passed on when all of it is there.
//
// Memory: one Spill for all. Errors: RunError when something cannot be kept (a full disk).
// Processes: the files have no name, and are gone when this process is.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "os/unique_fd.hpp"
#include "runner/gather.hpp"

namespace mpr::runner {

class JobOutputs {
 public:
  JobOutputs(Ordering ordering, std::string directory, size_t jobs);

  /// `stream`: as for Gather.
  void begin(size_t job, bool stream, bool is_read);
  [[nodiscard]] Gather& of(worker::TaskNumber number) { return *jobs_[worker::job_of(number)].gather; }
  /// All tasks of the job have ended, or it will never begin.
  void end(size_t job);
  /// Of a job that is read and has ended: see GatheredOutput.
  [[nodiscard]] std::string gathered(size_t job) const;

  /// The run is over: what has not ended by now never will.
  void close();
  void pump(Sink& sink);
  [[nodiscard]] bool drained() const;
  [[nodiscard]] uint64_t held_bytes() const;

 private:
  struct Entry {
    std::unique_ptr<Gather> gather;
    bool is_read = false;
    bool ended = false;
    os::UniqueFd file;  ///< what it has gathered, for others to read
  };

  void write_file(Entry& job);
  void pump_as_it_comes(Sink& sink);
  [[nodiscard]] bool may_pass(const Entry& job) const { return job.gather && (job.ended || !job.is_read); }
  /// Lets go of what is passed on wholly; the first job that is not.
  void advance();

  Ordering ordering_;
  std::string directory_;
  std::shared_ptr<Spill> spill_;
  std::vector<Entry> jobs_;
  std::vector<size_t> begun_;  ///< not yet passed on wholly; not in_order
  size_t first_ = 0;           ///< in_order: the job whose turn it is
};

}  // namespace mpr::runner
