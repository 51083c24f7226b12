// InputSource: the rows of inputs that several groups make, one for each task, computed as they are asked for.
//
//   InputSource rows(std::move(groups), {});
//   runner::Inputs row;
//   while (rows.next(row) == Step::value) ...
//
// Rows are the cartesian product of the groups, the last varying fastest. Linked groups count as one: they advance
// together and must have as many values each. No groups at all: the lines of standard input.
//
// The first group, with those linked to it, is streamed; the files of the others are read whole, before the first row.
// Ownership: owns its files; borrows standard input. Move-only.
// Errors: Error, from the constructor for all that can be known before anything runs (a file that cannot be read,
//   standard input used twice, a name used twice, linked groups of different lengths), else from next().
// Threads, processes: next() never blocks; see LineReader for what that means for a shared standard input.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "manifest/group_values.hpp"
#include "manifest/input_group.hpp"
#include "os/unique_fd.hpp"
#include "runner/task_source.hpp"

namespace mpr::manifest {

class InputSource {
 public:
  struct Options {
    char separator = '\n';  ///< between the lines of files; '\0' for -0
    os::FdRef standard_input = os::kStdin;
  };

  InputSource(std::vector<InputGroup> groups, Options options);

  /// `row` holds one value for each group afterwards, if there is one.
  [[nodiscard]] Step next(runner::Inputs& row);

  /// After Step::wait.
  [[nodiscard]] os::FdRef wait_fd() const { return wait_fd_; }

  /// How many rows there are in all: at once when no group reads lines, else when the end was met.
  [[nodiscard]] std::optional<uint64_t> total() const;

  /// One for each group; empty for those without.
  [[nodiscard]] const std::vector<std::string>& group_names() const { return names_; }

 private:
  /// Groups that advance together.
  struct Unit {
    size_t begin;
    size_t end;
    uint64_t size = 0;      // these two not for the first unit, which is streamed
    uint64_t position = 0;  // of the next row
  };

  [[nodiscard]] std::string group_title(size_t group) const;
  [[nodiscard]] std::optional<uint64_t> unit_size(const Unit& unit) const;
  void check_lengths(const Unit& unit) const;
  [[nodiscard]] Step load_later_units();
  [[nodiscard]] Step advance_first_unit();
  void throw_if_uneven(const std::vector<Step>& steps) const;
  void fill_row(runner::Inputs& row);
  void advance_later_units();

  std::vector<std::string> names_;
  std::vector<GroupValues> groups_;
  std::vector<Unit> units_;
  bool loaded_ = false;
  bool ended_ = false;
  bool in_row_ = false;            // head_ is a row of the first unit with which later units are not through
  std::vector<std::string> head_;  // the values of the first unit
  std::vector<Step> head_steps_;   // how far head_ is
  uint64_t head_rows_ = 0;
  os::FdRef wait_fd_;
};

}  // namespace mpr::manifest
