// Files and pipes for tests, gone when the test is.
#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include <catch2/catch.hpp>

#include "os/unique_fd.hpp"

namespace mpr::test {

/// A new directory that is removed, with all in it, at the end of the scope.
class ScratchFiles {
 public:
  ScratchFiles() {
    std::string name = (std::filesystem::temp_directory_path() / "mpr-test-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    root_ = name;
  }
  ScratchFiles(const ScratchFiles&) = delete;
  ScratchFiles& operator=(const ScratchFiles&) = delete;
  ~ScratchFiles() {
    std::error_code ignored;
    std::filesystem::remove_all(root_, ignored);
  }

  [[nodiscard]] std::string path(const std::string& name) const { return (root_ / name).string(); }

  [[nodiscard]] std::string write(const std::string& name, std::string_view text) const {
    std::ofstream(path(name), std::ios::binary) << text;
    return path(name);
  }

 private:
  std::filesystem::path root_;
};

/// A pipe whose both ends are here. What is put must fit the pipe.
class ScratchPipe {
 public:
  ScratchPipe() {
    int ends[2];
    REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
    reader_.reset(ends[0]);
    writer_.reset(ends[1]);
  }

  void put(std::string_view text) const {
    REQUIRE(::write(writer_.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size()));
  }
  void close() { writer_.reset(); }
  [[nodiscard]] os::FdRef reader() const { return reader_; }

 private:
  os::UniqueFd reader_;
  os::UniqueFd writer_;
};

}  // namespace mpr::test
