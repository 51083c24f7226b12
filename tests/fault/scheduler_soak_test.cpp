// The scheduler's promises against ever new stories: see tests/fuzz/scheduler_model.hpp.
#include <catch2/catch.hpp>

#include "scheduler_corpus.hpp"
#include "support/rounds.hpp"

using namespace mpr::test;

TEST_CASE("the scheduler keeps its promises in ever new stories", "[soak]") {
  constexpr uint64_t kStories = 200;
  uint64_t steps = 0;
  Rounds rounds{2};
  while (const auto seed = rounds.next()) {
    CAPTURE(*seed);
    for (uint64_t story = 0; story < kStories; ++story) {
      // Others than those of the unit tests.
      const Played played = play_and_keep(uint64_t{*seed} << 32U | story);
      INFO(played.complaint);
      REQUIRE(played.complaint.empty());
      steps += played.steps;
    }
  }
  CHECK(steps > 100'000);
}
