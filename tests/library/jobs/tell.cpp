// tell: a job that takes any words, prints something itself and returns lines, for the tests.
#include <cstdio>

#include <mpr/job.hpp>

namespace {
std::vector<std::string> tell(std::vector<std::string> words) {
  std::printf("%zu words\n", words.size());
  return words;
}
}  // namespace

MPR_JOB(tell, "Print the words.\n")
