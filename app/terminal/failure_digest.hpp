// FailureDigest: what is said about failures at the end of a run.
//
//   mpr: 3 of 100 tasks failed
//   mpr: task 7 failed: exit status 2 after 1.24 s: ./job 'a b'
//       cannot open 'a b'
//       giving up
//   mpr: task 9 failed after 3 attempts: killed by signal 11 (SIGSEGV) after 20 ms: ./job c
//   mpr: ... and 1 more
//   mpr: 2 tasks failed in jobs that may fail
//   mpr: 2 tasks cancelled, 95 never started
//
// It is told all that a sink is told. Nothing in its text can carry terminal escapes.
// Memory: the text of kMostShown failures, and until there are so many, a few KiB for each unfinished task: the end of
//   what it has written to stderr.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "runner/counters.hpp"
#include "runner/sink.hpp"

namespace mpr::app {

class FailureDigest {
 public:
  static constexpr size_t kMostShown = 5;

  /// How a task is called, and the words that were executed for it.
  struct Task {
    std::string name;
    std::vector<std::string> argv;
  };
  /// Asked only for failures that are shown.
  using Describe = std::function<Task(const runner::FinishedTask&)>;

  explicit FailureDigest(Describe describe) : describe_(std::move(describe)) {}

  void output(worker::TaskNumber number, worker::Stream stream, std::span<const std::byte> bytes);
  void finished(const runner::FinishedTask& task);

  /// Whole lines; empty when every task was run and succeeded. `total`: as the source tells it at the end, which is
  /// nothing when the run was stopped before all inputs were read.
  [[nodiscard]] std::string text(const runner::Counters& counters, std::optional<uint64_t> total) const;

 private:
  [[nodiscard]] bool full() const { return failures_.size() == kMostShown; }

  Describe describe_;
  std::vector<std::string> failures_;                          ///< as they will be shown
  std::unordered_map<worker::TaskNumber, std::string> tails_;  ///< of stderr, by unfinished task
};

}  // namespace mpr::app
