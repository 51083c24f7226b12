#include "manifest/glob.hpp"

#include <glob.h>

#include <algorithm>
#include <system_error>

#include "manifest/error.hpp"

namespace mpr::manifest {
namespace {

class Found {
 public:
  Found() = default;
  Found(const Found&) = delete;
  Found& operator=(const Found&) = delete;
  ~Found() { ::globfree(&raw_); }
  glob_t* raw() { return &raw_; }
  [[nodiscard]] std::vector<std::string> paths() const { return {raw_.gl_pathv, raw_.gl_pathv + raw_.gl_pathc}; }

 private:
  glob_t raw_{};
};

}  // namespace

std::vector<std::string> files_like(const std::string& pattern) {
  Found found;
  const int result = ::glob(pattern.c_str(), GLOB_ERR | GLOB_NOSORT, nullptr, found.raw());
  const int error = errno;
  if (result == GLOB_NOMATCH) throw Error("no file is like '" + pattern + "'");
  if (result != 0) {
    throw Error("cannot look for files like '" + pattern +
                "': " + std::generic_category().message(result == GLOB_NOSPACE ? ENOMEM : error));
  }
  std::vector<std::string> paths = found.paths();
  std::sort(paths.begin(), paths.end());
  return paths;
}

}  // namespace mpr::manifest
