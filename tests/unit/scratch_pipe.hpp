// A pipe for tests, gone when the test is.
#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <string_view>

#include <catch2/catch.hpp>

#include "os/unique_fd.hpp"

namespace mpr::test {

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
