// NdjsonWriter: one JSON object a finished task, on a line of its own, for other programs to read.
//
//   {"task":7,"inputs":["a b"],"argv":["./job","a b"],"status":"failed","exit_status":2,"signal":null,"attempts":1,
//    "slot":2,"seconds":1.24,"user_seconds":1.2,"system_seconds":0.01,"max_rss_kib":3412,"leaked":false,
//    "stdout":"","stderr":"cannot open 'a b'\n"}                    (in one line)
//
// job           only where jobs have names: comes first
// status        "ok", "failed" (an exit status other than 0), "signaled", "timed_out", "could_not_start", "cancelled",
//               "worker_lost", "no_answer"
// exit_status   a number if the task ended by exiting, whatever made it do so; else null
// signal        "SIGSEGV", if a signal ended it; else null
// error         only when it could not start, or had no answer: why
// stdout, stderr   text. What is not UTF-8 is in stdout_base64 or stderr_base64 instead, so that no byte is lost
// inputs, argv     texts; in place of one that is not UTF-8 stands an object {"base64":"..."}
//
// Keys are always in this order. Numbers do not depend on the locale.
// Memory: one task's whole output, up to three times over while its line is made: whether it is text shows only at its
//   end. A task that prints gigabytes as JSON needs that much memory.
// Threads: none.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "runner/sink.hpp"

namespace mpr::report {

class NdjsonWriter {
 public:
  /// Some output of the task that finishes next: the outputs of two tasks may not alternate.
  void output(worker::Stream stream, std::span<const std::byte> bytes);
  /// How the task is called.
  struct Name {
    std::string job;     ///< empty: jobs have no names
    uint64_t place = 0;  ///< in its job
  };
  /// Appends the task's line to `out`. `argv`: the words that were executed.
  void finished(const runner::FinishedTask& task, const Name& name, const std::vector<std::string>& argv,
                std::string& out);

 private:
  std::string stdout_;
  std::string stderr_;
};

}  // namespace mpr::report
