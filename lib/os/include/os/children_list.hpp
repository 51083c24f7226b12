// ChildrenList: the kernel's list of this process's children, kept open: to ask again costs one system call.
//
// Ownership: one descriptor. Of the process that made it: a forked child makes its own.
// Limits: nothing is listed where the kernel has no such file (CONFIG_PROC_CHILDREN).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "unique_fd.hpp"

namespace mpr::os {

class ChildrenList {
 public:
  /// Of this process's main thread.
  ChildrenList();

  /// The pids of all children, ended ones that were not waited for included, each followed by a blank. Nothing when it
  /// cannot be told. Valid until the next call.
  [[nodiscard]] std::optional<std::string_view> read();

 private:
  UniqueFd file_;
  std::string text_;
};

}  // namespace mpr::os
