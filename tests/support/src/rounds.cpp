#include "support/rounds.hpp"

#include <cstdlib>
#include <random>
#include <string>

namespace mpr::test {

Rounds::Rounds(unsigned usual) : usual_(usual) {
  if (const char* seed = std::getenv("MPR_SEED")) {
    first_ = static_cast<unsigned>(std::stoul(seed));
    usual_ = 1;
  } else if (const char* seconds = std::getenv("MPR_SOAK_SECONDS")) {
    first_ = std::random_device{}();
    until_ = Clock::now() + std::chrono::seconds{std::stoul(seconds)};
  }
}

std::optional<unsigned> Rounds::next() {
  if (until_ ? Clock::now() >= *until_ : count_ == usual_) return std::nullopt;
  return first_ + count_++;
}

}  // namespace mpr::test
