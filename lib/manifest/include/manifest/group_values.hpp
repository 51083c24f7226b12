// GroupValues: the values of one input group, either one after another or, once loaded, by their position.
//
//   while (values.next(value) == Step::value) ...      // lazily: files are read as far as needed
//   if (values.load() == Step::end) values.at(0, value);
//
// Use one way or the other, not both. Ranges are computed, never written out.
// Errors: Error. The constructor opens every file of the group; next() and load() report lines that cannot be used.
// Threads, processes: as LineReader.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "manifest/input_group.hpp"
#include "manifest/line_reader.hpp"

namespace mpr::manifest {

class GroupValues {
 public:
  GroupValues(InputGroup group, os::FdRef standard_input, char separator);

  [[nodiscard]] Step next(std::string& value);

  /// Reads all files into memory: Step::end when that is done.
  [[nodiscard]] Step load();
  void at(uint64_t index, std::string& value) const;

  /// How many there are; nothing while there are files that are not loaded.
  [[nodiscard]] std::optional<uint64_t> size() const;

  /// After Step::wait.
  [[nodiscard]] os::FdRef wait_fd() const;

 private:
  using Part = std::variant<std::vector<std::string>, Range, LineReader>;

  std::vector<Part> parts_;
  size_t part_ = 0;                 // where next() and load() are
  uint64_t position_ = 0;           // of next() in that part
  std::vector<std::string> lines_;  // what load() has of that part
};

}  // namespace mpr::manifest
