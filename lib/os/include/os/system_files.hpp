// The kernel's text files (/proc, /sys) behind an interface, so that a test can be another machine.
#pragma once

#include <map>
#include <optional>
#include <string>

namespace mpr::os {

class SystemFiles {
 public:
  virtual ~SystemFiles() = default;
  /// The text of the file at an absolute path; nothing when there is none.
  [[nodiscard]] virtual std::optional<std::string> read(const std::string& path) const = 0;
};

/// This machine's own.
class RealSystemFiles final : public SystemFiles {
 public:
  [[nodiscard]] std::optional<std::string> read(const std::string& path) const override;
};

/// A machine made of a table: path -> text.
class FakeSystemFiles final : public SystemFiles {
 public:
  explicit FakeSystemFiles(std::map<std::string, std::string> files) : files_(std::move(files)) {}
  [[nodiscard]] std::optional<std::string> read(const std::string& path) const override;

 private:
  std::map<std::string, std::string> files_;
};

}  // namespace mpr::os
