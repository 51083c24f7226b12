// LineReader: the lines of a file, pipe or terminal, without ever waiting for them.
//
//   LineReader lines = LineReader::file("list", '\n');
//   while (lines.next(line) == Step::value) ...       // Step::wait: ask again when wait_fd() is readable
//
// A last line without its separator is a line too; empty lines are lines; a carriage return is part of its line.
// Ownership: a file is opened, and closed at its end, by the reader; standard input is borrowed.
// Errors: Error, from file() and standard_input() when it cannot be read at all, from next() when a line cannot be
//   used: one longer than kLongestLine, or one that holds a NUL byte, which no argument of a program can.
// Processes: standard input is shared with others, so its description is never set non-blocking: it is polled first.
//   Another process that reads the same pipe in between can make next() wait all the same.
// Units: at most 64 KiB more than the line asked for are read ahead.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "os/unique_fd.hpp"

namespace mpr::manifest {

/// What a lazy sequence answers to "next".
enum class Step {
  value,  ///< here it is
  wait,   ///< not yet: ask again when wait_fd() is readable
  end,    ///< there are no more
};

class LineReader {
 public:
  static constexpr size_t kLongestLine = size_t{16} << 20U;

  [[nodiscard]] static LineReader file(const std::string& path, char separator);
  [[nodiscard]] static LineReader standard_input(os::FdRef fd, char separator);

  [[nodiscard]] Step next(std::string& line);
  [[nodiscard]] os::FdRef wait_fd() const { return fd_; }

 private:
  LineReader(os::UniqueFd owned, os::FdRef fd, std::string name, char separator);

  bool take_line(std::string& line);
  bool fill();
  void check(size_t size, bool has_nul) const;

  os::UniqueFd owned_;
  os::FdRef fd_;
  std::string name_;
  char separator_;
  std::string buffer_;
  size_t begin_ = 0;    // of the next line in buffer_
  size_t scanned_ = 0;  // no separator between begin_ and here
  bool ended_ = false;
  uint64_t lines_ = 0;
};

}  // namespace mpr::manifest
