// The name and text under which an exception is told outside of its process.
#pragma once

#include <exception>
#include <string>

namespace mpr {

struct ExceptionText {
  std::string type;  ///< readable: "std::out_of_range"
  std::string text;  ///< what(); empty where there is none
};

[[nodiscard]] ExceptionText text_of(const std::exception_ptr& thrown);

}  // namespace mpr
