// TempDir: a directory of the test's own, removed with everything in it.
//
//   TempDir dir;
//   dir.write("names.txt", "a\nb\n");
//   mpr({"map", "echo", "--inputs", "@" + dir / "names.txt"});
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace mpr::test {

class TempDir {
 public:
  TempDir();
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;
  ~TempDir();

  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] std::string operator/(const std::string& name) const { return path_ + "/" + name; }

  /// Answers the path of what it wrote.
  std::string write(const std::string& name, std::string_view text) const;
  [[nodiscard]] std::vector<std::string> names() const;

 private:
  std::string path_;
};

[[nodiscard]] bool exists(const std::string& path);

/// Creates an empty file: how tests and tasks tell each other that they got somewhere.
void touch(const std::string& path);

/// A whole file, /proc files included; empty if there is none.
[[nodiscard]] std::string read_file(const std::string& path);

}  // namespace mpr::test
