#include "os/system_files.hpp"

#include "os/io.hpp"

namespace mpr::os {

std::optional<std::string> RealSystemFiles::read(const std::string& path) const {
  return read_file(path);
}

std::optional<std::string> FakeSystemFiles::read(const std::string& path) const {
  const auto file = files_.find(path);
  if (file == files_.end()) return std::nullopt;
  return file->second;
}

}  // namespace mpr::os
