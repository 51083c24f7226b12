// The scheduler's promises, in stories made up at random: see tests/fuzz/scheduler_model.hpp. Stories that once went
// wrong are kept in tests/fuzz/corpus/scheduler, and told again.
#include "scheduler_model.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>

#include <catch2/catch.hpp>

#include "scheduler_corpus.hpp"

using namespace mpr::test;

TEST_CASE("the scheduler keeps its promises in all stories that once went wrong") {
  size_t stories = 0;
  for (const auto& file : kept_stories()) {
    CAPTURE(file);
    Tape tape{read_story(file)};
    const std::string complaint = play(tape).complaint;
    INFO(complaint);
    CHECK(complaint.empty());
    ++stories;
  }
  CHECK(stories > 20);
}

TEST_CASE("whatever happens, the scheduler keeps its promises, and the run ends") {
  unsigned stopped = 0;
  unsigned failures_reached = 0;
  unsigned skipped = 0;
  unsigned with_deaths = 0;
  unsigned with_recalls = 0;
  unsigned with_retries = 0;
  unsigned resumed = 0;
  unsigned borrowed = 0;
  unsigned put_together = 0;
  for (unsigned seed = 0; seed < 1000; ++seed) {
    CAPTURE(seed);
    const Played played = play_and_keep(seed);
    INFO(played.complaint);
    REQUIRE(played.complaint.empty());
    stopped += played.stopped;
    failures_reached += played.failures_reached;
    skipped += played.skipped;
    with_deaths += played.deaths > 0;
    with_recalls += played.recalls > 0;
    with_retries += played.retries > 0;
    resumed += played.resumed > 0;
    borrowed += played.borrowed > 0;
    put_together += played.largest_unit > 500;
  }
  // The model is worth something only if it has seen all kinds of runs.
  for (const unsigned seen : {stopped, skipped, with_deaths, with_recalls, with_retries, resumed, borrowed}) {
    CHECK(seen > 100);
  }
  CHECK(stopped < 500);
  CHECK(failures_reached > 20);
  CHECK(put_together > 2);
}

TEST_CASE("a tape that was read tells the same again, and ends in zeros") {
  Tape tape = Tape::random(7);
  std::vector<unsigned> first;
  for (int i = 0; i < 100; ++i) first.push_back(i % 3 == 0 ? tape.below(50'000) : tape.below(7));
  CHECK(tape.taken().size() == 134);
  Tape again{tape.taken()};
  for (int i = 0; i < 100; ++i)
    CHECK((i % 3 == 0 ? again.below(50'000) : again.below(7)) == first[static_cast<size_t>(i)]);
  CHECK(again.below(7) == 0);
  CHECK_FALSE(again.chance(255));
  CHECK(again.taken() == tape.taken());
}

TEST_CASE("a tape shrinks to what matters") {
  Tape tape = Tape::random(1);
  for (int i = 0; i < 500; ++i) (void)tape.below(256);
  const auto has_three_large = [](const Tape::Bytes& bytes) {
    return std::count_if(bytes.begin(), bytes.end(), [](uint8_t byte) { return byte >= 200; }) >= 3;
  };
  CHECK(shrunk(tape.taken(), has_three_large) == Tape::Bytes{200, 200, 200});
  // A count, and what is counted: the one is of no use without the other.
  const auto ends_well_counted = [](const Tape::Bytes& bytes) {
    return bytes.size() >= 3 && bytes[0] >= 2 && bytes.size() == size_t{bytes[0]} + 1 && bytes.back() == 9;
  };
  Tape::Bytes counted(101, 0);
  counted.front() = 100;
  counted.back() = 9;
  CHECK(shrunk(counted, ends_well_counted) == Tape::Bytes{2, 0, 9});
}
