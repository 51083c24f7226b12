#include "mpr/array.hpp"

#include <limits>
#include <stdexcept>
#include <string>

namespace mpr::array {

os::SharedMapping share(size_t elements, size_t element_bytes) {
  if (elements == 0) return {};
  constexpr auto kMost = static_cast<size_t>(std::numeric_limits<std::ptrdiff_t>::max());
  const std::string what =
      "an array of " + std::to_string(elements) + " elements of " + std::to_string(element_bytes) + " bytes";
  if (elements > kMost / element_bytes) throw std::length_error(what + " is larger than memory can be");
  try {
    return os::SharedMapping(elements * element_bytes);
  } catch (const std::system_error& error) {
    throw std::system_error(error.code(), "cannot share " + what);
  }
}

void refuse_index(size_t index, size_t size) {
  throw std::out_of_range("index " + std::to_string(index) + " of an array of size " + std::to_string(size));
}

}  // namespace mpr::array
