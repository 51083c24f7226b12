// RunError: a run cannot go on, through no fault of its tasks.
//
// what() is one line fit for `mpr: error: ...`; hint(), when not empty, one for `mpr: hint: ...`.
#pragma once

#include <stdexcept>
#include <string>
#include <utility>

namespace mpr::runner {

class RunError : public std::runtime_error {
 public:
  explicit RunError(const std::string& message, std::string hint = {})
      : std::runtime_error(message), hint_(std::move(hint)) {}
  [[nodiscard]] const std::string& hint() const { return hint_; }

 private:
  std::string hint_;
};

}  // namespace mpr::runner
