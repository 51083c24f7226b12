// What this process is to the library: its name, and who started it.
#pragma once

#include <string>

namespace mpr {

struct Self {
  std::string name = "MainProcess";
  std::string identity;  ///< "1:2" for the second child of the first child; empty in the main process
  bool daemon = false;
  unsigned children = 0;  ///< started as Process, ever
  int parent_pid = 0;     ///< 0 in the main process
  std::string parent_name;
};

[[nodiscard]] Self& self();

/// In a child that was just forked.
void become(std::string name, std::string identity, bool daemon, int parent_pid);

}  // namespace mpr
