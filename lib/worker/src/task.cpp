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

std::string describe(const Result& result) {
  switch (result.ending) {
    case Ending::exited:
      return result.status.text();
    case Ending::could_not_start:
      return "cannot start: " + result.failure.text();
    case Ending::timed_out:
      return result.status.signal() == 9 ? "timed out; SIGTERM did not end it, killed" : "timed out";
    case Ending::cancelled:
      return "cancelled";
    case Ending::worker_lost:
      return "its worker was lost";
    case Ending::no_answer:
      return text_of(result.fault);
  }
  return "internal error: unknown ending";
}

}  // namespace mpr::worker
