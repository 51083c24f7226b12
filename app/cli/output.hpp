// Standard output for commands that print as they go, and do nothing else meanwhile.
#pragma once

#include <string_view>

#include "os/output_stream.hpp"

namespace mpr::app {

class Output {
 public:
  /// Waits for the reader once there is enough for a large write. Nobody reads any more: mpr ends as by SIGPIPE.
  void print(std::string_view text);
  void flush();

 private:
  os::OutputStream out_{os::kStdout};
};

}  // namespace mpr::app
