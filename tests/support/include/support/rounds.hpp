// How often a random test is tried, and with which seeds.
//
//   Rounds rounds{20};
//   while (const auto seed = rounds.next()) {
//     CAPTURE(*seed);
//     std::mt19937 random(*seed);
//     ...
//   }
//
// In the usual tests: seeds 1 to 20, so that all of them do the same each time. With MPR_SOAK_SECONDS in the
// environment (scripts/test --soak): ever new seeds, until that time is over. With MPR_SEED: that seed alone, to see a
// failure again.
#pragma once

#include <chrono>
#include <optional>

namespace mpr::test {

class Rounds {
 public:
  explicit Rounds(unsigned usual);

  /// The next round's seed; none when it was the last.
  [[nodiscard]] std::optional<unsigned> next();

  /// Rounds begun so far.
  [[nodiscard]] unsigned count() const { return count_; }

 private:
  using Clock = std::chrono::steady_clock;
  unsigned usual_;
  unsigned first_ = 1;
  unsigned count_ = 0;
  std::optional<Clock::time_point> until_;
};

}  // namespace mpr::test
