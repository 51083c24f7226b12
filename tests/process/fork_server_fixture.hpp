// A worker whose tasks are forks of a program that stays loaded.
#pragma once

#include <string>
#include <vector>

#include "worker_fixture.hpp"

namespace mpr::test {

inline const std::string kForked = MPR_TEST_PROGRAMS "/forked";
inline const std::string kForkedC = MPR_TEST_PROGRAMS "/forked_c";

/// A worker whose tasks are run by fork servers.
class ForkServerUnderTest : public WorkerUnderTest {
 public:
  explicit ForkServerUnderTest(worker::WorkerOptions options = default_options()) : WorkerUnderTest(options) {
    like.executor = worker::ExecutorKind::fork_server;
  }

  const Report& run_words(std::vector<std::string> argv) {
    post(++number_, std::move(argv));
    send();
    return await(number_);
  }
  const Report& forked(std::vector<std::string> words) {
    words.insert(words.begin(), kForked);
    return run_words(std::move(words));
  }
  pid_t server() { return std::stoi(forked({"server"}).out); }

 private:
  worker::TaskNumber number_ = 1000;  // the fixture's own begin at 1
};

inline std::string failure_of(const Report& report) {
  REQUIRE(report.result);
  CHECK(report.result->ending == worker::Ending::could_not_start);
  return report.result->failure.text();
}

}  // namespace mpr::test
