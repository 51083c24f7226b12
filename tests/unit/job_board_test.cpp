#include "runner/job_board.hpp"

#include <algorithm>

#include <catch2/catch.hpp>

using namespace mpr::runner;
using Jobs = std::vector<size_t>;

namespace {

Jobs all_ready(JobBoard& board) {
  Jobs jobs;
  while (const auto job = board.next_ready()) jobs.push_back(*job);
  return jobs;
}

}  // namespace

TEST_CASE("jobs that need nothing may begin, in the order of the plan") {
  JobBoard board{{{}, {0}, {}}};
  CHECK(all_ready(board) == Jobs{0, 2});
  CHECK(board.state(0) == JobState::open);
  CHECK(board.state(1) == JobState::waiting);
}

TEST_CASE("a job may begin when all that it needs has succeeded, and not before") {
  JobBoard board{{{}, {}, {0, 1}}};
  CHECK(all_ready(board) == Jobs{0, 1});
  CHECK(board.ended(1, JobState::succeeded).empty());
  CHECK(all_ready(board).empty());
  CHECK(board.ended(0, JobState::succeeded).empty());
  CHECK(all_ready(board) == Jobs{2});
}

TEST_CASE("all that needs a failed job is skipped, and knows for which job") {
  JobBoard board{{{}, {0}, {1}, {}, {3, 2}}};
  CHECK(all_ready(board) == Jobs{0, 3});
  Jobs skipped = board.ended(0, JobState::failed);
  std::sort(skipped.begin(), skipped.end());
  CHECK(skipped == Jobs{1, 2, 4});
  CHECK(board.because(1) == 0U);
  CHECK(board.because(2) == 1U);
  CHECK(board.because(4) == 2U);
  CHECK(board.ended(3, JobState::succeeded).empty());
  CHECK(all_ready(board).empty());
  CHECK(board.state(3) == JobState::succeeded);
  CHECK(board.state(4) == JobState::skipped);
}

TEST_CASE("a job that is needed twice by a skipped one is skipped once") {
  JobBoard board{{{}, {0}, {0}, {1, 2}}};
  (void)all_ready(board);
  CHECK(board.ended(0, JobState::failed).size() == 3);
}

TEST_CASE("a chain of a hundred thousand jobs is gone through and given up without recursion") {
  std::vector<std::vector<size_t>> needs(100'000);
  for (size_t job = 1; job < needs.size(); ++job) needs[job] = {job - 1};
  JobBoard board{needs};
  (void)all_ready(board);
  CHECK(board.ended(0, JobState::succeeded).empty());
  CHECK(all_ready(board) == Jobs{1});
  CHECK(board.ended(1, JobState::failed).size() == needs.size() - 2);
}
