#include "worker/task.hpp"

namespace mpr::worker {

const char* text_of(Fault fault) {
  switch (fault) {
    case Fault::ended:
      return "its process ended without an answer";
    case Fault::closed:
      return "its process closed its standard input or output without an answer";
    case Fault::unasked:
      return "its process wrote more than the answers to what it was asked";
    case Fault::malformed:
      return "its process answered something that is no response in JSON";
    case Fault::request:
      return "its process answered another request";
    case Fault::exit_code:
      return "its process answered with an exit code that is not from 0 to 255";
    case Fault::protocol:
      return "its process broke the protocol by which jobs are served";
  }
  return "internal error: unknown fault";
}

namespace {

std::string text_of_memory(const Result& result) {
  std::string text = "killed: out of memory";
  if (result.usage.max_rss_kib > 0) text += " (peak RSS " + std::to_string(result.usage.max_rss_kib / 1024) + " MB)";
  return text;
}

}  // namespace

std::string describe(const Result& result) {
  switch (result.ending) {
    case Ending::exited:
      if (result.out_of_memory) return text_of_memory(result);
      return result.status.text();
    case Ending::could_not_start:
      return "cannot start: " + result.failure.text();
    case Ending::timed_out:
      return result.status.signal() == 9 ? "timed out; SIGTERM did not end it, killed" : "timed out";
    case Ending::cancelled:
      return "cancelled";
    case Ending::worker_lost:
      return result.out_of_memory ? "its worker was lost: killed, out of memory" : "its worker was lost";
    case Ending::no_answer:
      return text_of(result.fault);
  }
  return "internal error: unknown ending";
}

}  // namespace mpr::worker
