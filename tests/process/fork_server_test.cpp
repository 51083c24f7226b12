// What the fork-server executor promises: each task is what it would be as a program of its own.
#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <thread>

#include "support/process_table.hpp"
#include "support/temp_dir.hpp"
#include "worker_fixture.hpp"

using namespace mpr;
using namespace mpr::test;
using namespace std::chrono_literals;
using worker::Ending;

namespace {

const std::string kForked = MPR_TEST_PROGRAMS "/forked";
const std::string kForkedC = MPR_TEST_PROGRAMS "/forked_c";

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

std::string failure_of(const Report& report) {
  REQUIRE(report.result);
  CHECK(report.result->ending == Ending::could_not_start);
  return report.result->failure.text();
}

}  // namespace

TEST_CASE("a fork server runs its program's constructors once, and each task's main") {
  const NothingLeft nothing_left;
  ForkServerUnderTest worker;
  const pid_t server = worker.server();
  for (int i = 0; i < 20; ++i) {
    const Report report = worker.forked({"count"});
    CHECK(report.out == "1 1\n");
    CHECK(report.result->success());
    CHECK(report.result->usage.max_rss_kib > 0);
  }
  CHECK(worker.server() == server);
  CHECK(children_of(worker.pid()) == std::vector<pid_t>{server});
  CHECK(worker.finish() == 0);
  CHECK_FALSE(exists(server));
}
