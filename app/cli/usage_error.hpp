// UsageError: the words of a command line do not make sense. Nothing was run; mpr ends with status 2.
//
// what() is one line fit for `mpr: error: ...`; hint(), when not empty, one for `mpr: hint: ...`.
#pragma once

#include <stdexcept>
#include <string>
#include <utility>

namespace mpr::app {

class UsageError : public std::runtime_error {
 public:
  explicit UsageError(const std::string& message, std::string hint = {})
      : std::runtime_error(message), hint_(std::move(hint)) {}
  [[nodiscard]] const std::string& hint() const { return hint_; }

 private:
  std::string hint_;
};

}  // namespace mpr::app
