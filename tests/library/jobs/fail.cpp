// fail: a job whose function throws what it is told to, for the tests.
#include <stdexcept>

#include <mpr/job.hpp>

namespace {
std::string fail(const std::string& how) {
  if (how == "argument") throw std::invalid_argument("no such argument");
  if (how == "range") throw std::out_of_range("too far");
  if (how == "error") throw std::runtime_error("no luck");
  if (how == "number") throw 42;
  return how;
}
}  // namespace

MPR_JOB(fail)
