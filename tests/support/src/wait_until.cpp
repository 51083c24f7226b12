#include "support/wait_until.hpp"

#include <thread>

namespace mpr::test {

bool wait_until(const std::function<bool()>& condition, Limit limit) {
  const auto deadline = Clock::now() + limit;
  while (!condition()) {
    if (Clock::now() >= deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds{5});
  }
  return true;
}

}  // namespace mpr::test
