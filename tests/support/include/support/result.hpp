// What came of a program that a test ran.
#pragma once

#include <iosfwd>
#include <stdexcept>
#include <string>
#include <vector>

namespace mpr::test {

struct Result {
  int exit_status = -1;  ///< -1 if a signal ended it
  int signal = 0;        ///< 0 if it exited
  std::string out;
  std::string err;
  double seconds = 0;  ///< from its start to its end

  [[nodiscard]] bool success() const { return exit_status == 0; }
};

/// For INFO: the status and the beginning of both outputs.
std::ostream& operator<<(std::ostream& stream, const Result& result);

/// Without their newlines; a last line without one counts.
[[nodiscard]] std::vector<std::string> lines(const std::string& text);

[[nodiscard]] bool contains(const std::string& text, const std::string& part);

/// Thrown where a program, or what it was to print, did not come in time. Everything in its session has been killed.
class LimitPassed : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace mpr::test
