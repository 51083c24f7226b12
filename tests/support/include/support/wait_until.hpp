// wait_until: waiting for something that tells nobody when it happens (a file appears, a process is gone).
//
//   REQUIRE(wait_until([&] { return exists(ready); }));
//
// The one place in the tests that looks again and again. Whatever announces itself (a descriptor, a process of ours) is
// waited for with Running instead.
#pragma once

#include <chrono>
#include <functional>

namespace mpr::test {

using Clock = std::chrono::steady_clock;
using Limit = std::chrono::milliseconds;

/// How much longer everything may take in this build: sanitizers slow programs down.
#ifdef __SANITIZE_ADDRESS__
inline constexpr int kSlowness = 4;
#else
inline constexpr int kSlowness = 1;
#endif

/// Long enough for what must happen soon, on a busy machine too.
inline constexpr Limit kSoon = std::chrono::seconds{10} * kSlowness;

/// False if `condition` did not hold by `limit`.
[[nodiscard]] bool wait_until(const std::function<bool()>& condition, Limit limit = kSoon);

}  // namespace mpr::test
