// Error: the user's words cannot be made into a plan, or the inputs cannot be read.
//
// what() is one line fit for `mpr: error: ...`; hint(), when not empty, one for `mpr: hint: ...`.
#pragma once

#include <stdexcept>
#include <string>
#include <utility>

namespace mpr::manifest {

class Error : public std::runtime_error {
 public:
  explicit Error(const std::string& message, std::string hint = {})
      : std::runtime_error(message), hint_(std::move(hint)) {}
  [[nodiscard]] const std::string& hint() const { return hint_; }

 private:
  std::string hint_;
};

}  // namespace mpr::manifest
