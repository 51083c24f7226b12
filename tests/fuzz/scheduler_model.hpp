// A model of everything around the scheduler: jobs and their sources, a record of earlier runs, the runner's loop,
// workers that read late, finish, fail, time out, give back and die at any moment, signals, a reader that stops
// reading; with a clock of its own. What is real in it: Scheduler, Feed, JobBoard, JobOutputs and all that they need.
//
//   Tape tape = Tape::random(seed);
//   const Played played = play(tape);
//   if (!played.complaint.empty()) ... shrunk_story(tape.taken(), played.complaint)
#pragma once

#include <string>

#include "tape.hpp"

namespace mpr::test {

struct Played {
  std::string complaint;  ///< which promise was not kept; empty: none
  uint64_t steps = 0;  ///< things that happened: a worker reads, begins, ends or dies, the runner reads, time goes on
  uint64_t tasks = 0;
  // What it has seen.
  bool stopped = false;
  bool failures_reached = false;
  bool skipped = false;  ///< a job
  unsigned deaths = 0;
  unsigned recalls = 0;
  unsigned retries = 0;
  unsigned resumed = 0;   ///< tasks that were on record
  unsigned borrowed = 0;  ///< tasks that had several CPUs
  unsigned largest_unit = 0;
};

[[nodiscard]] Played play(Tape& tape);

/// A short tape with the same complaint.
[[nodiscard]] Tape::Bytes shrunk_story(const Tape::Bytes& bytes, const std::string& complaint);

}  // namespace mpr::test
