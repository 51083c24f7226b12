#include "worker/task.hpp"

namespace mpr::worker {

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
  }
  return "internal error: unknown ending";
}

}  // namespace mpr::worker
