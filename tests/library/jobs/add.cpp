// add: a job of two parameters, for the tests.
#include <mpr/job.hpp>

namespace {
double add(double first, double second) noexcept {
  return first + second;
}
}  // namespace

MPR_JOB(add)
