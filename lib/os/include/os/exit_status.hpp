// How a process ended, and what it used.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace mpr::os {

/// Exit status as a value: exited with a code, or killed by a signal. Never a raw wait status.
class ExitStatus {
 public:
  static ExitStatus exited(int code) { return {code, 0, false}; }
  static ExitStatus signaled(int signal, bool core_dumped = false) { return {0, signal, core_dumped}; }

  [[nodiscard]] bool success() const { return code_ == 0 && signal_ == 0; }
  [[nodiscard]] int code() const { return code_; }      ///< 0 when a signal ended it
  [[nodiscard]] int signal() const { return signal_; }  ///< 0 when it exited by itself
  [[nodiscard]] bool core_dumped() const { return core_dumped_; }

  /// "exit status 3", "killed by signal 11 (SIGSEGV, core dumped)".
  [[nodiscard]] std::string text() const;

  friend bool operator==(const ExitStatus&, const ExitStatus&) = default;

 private:
  ExitStatus(int code, int signal, bool core_dumped) : code_(code), signal_(signal), core_dumped_(core_dumped) {}
  int code_;
  int signal_;
  bool core_dumped_;
};

/// What one process and the children it waited for used. The peak memory of a process that this one started begins at
/// this one's own peak: exec keeps the high-water mark.
struct Usage {
  std::chrono::microseconds user{0};
  std::chrono::microseconds system{0};
  int64_t max_rss_kib = 0;
};

/// "SIGTERM"; "signal 99" for a number without a name.
[[nodiscard]] std::string signal_name(int signal);

}  // namespace mpr::os
