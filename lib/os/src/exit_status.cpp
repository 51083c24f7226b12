#include "os/exit_status.hpp"

#include <cstring>

namespace mpr::os {

std::string signal_name(int signal) {
  const char* name = ::sigabbrev_np(signal);
  return name ? std::string("SIG") + name : "signal " + std::to_string(signal);
}

std::string ExitStatus::text() const {
  if (signal_ == 0) return "exit status " + std::to_string(code_);
  return "killed by signal " + std::to_string(signal_) + " (" + signal_name(signal_) +
         (core_dumped_ ? ", core dumped)" : ")");
}

}  // namespace mpr::os
