// CallFilter: the seccomp filter under FailingCalls, and how its listener gets from the program to the test.
#pragma once

#include <linux/filter.h>

#include <vector>

namespace mpr::test {

class CallFilter {
 public:
  /// Asks before these calls; none: before every one.
  explicit CallFilter(const std::vector<int>& calls);
  CallFilter(const CallFilter&) = delete;
  CallFilter& operator=(const CallFilter&) = delete;
  ~CallFilter();

  /// In the process that is to have it: from here on its calls wait for answers. Async-signal-safe. False: not possible
  /// here, with errno.
  [[nodiscard]] bool install() const;

  /// Readable when the listener has come.
  [[nodiscard]] int arrival() const { return receiver_; }
  /// The listener, for the caller to close; -1 if none has come.
  [[nodiscard]] int take_listener() const;

 private:
  std::vector<sock_filter> program_;
  int receiver_ = -1;
  int sender_ = -1;
};

}  // namespace mpr::test
