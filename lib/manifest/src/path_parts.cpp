#include "manifest/path_parts.hpp"

namespace mpr::manifest {
namespace {

/// "/" for "///"; as it is when it does not end in a slash.
std::string_view without_trailing_slashes(std::string_view path) {
  const size_t last = path.find_last_not_of('/');
  if (last == std::string_view::npos) return path.substr(0, 1);
  return path.substr(0, last + 1);
}

}  // namespace

std::string_view base_name(std::string_view path) {
  path = without_trailing_slashes(path);
  const size_t slash = path.rfind('/');
  return slash == std::string_view::npos || path.size() == 1 ? path : path.substr(slash + 1);
}

std::string_view dir_name(std::string_view path) {
  path = without_trailing_slashes(path);
  const size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? std::string_view(".") : without_trailing_slashes(path.substr(0, slash + 1));
}

std::string_view without_extension(std::string_view path) {
  const size_t dot = path.find_last_of("./");
  return dot == std::string_view::npos || path[dot] == '/' ? path : path.substr(0, dot);
}

}  // namespace mpr::manifest
