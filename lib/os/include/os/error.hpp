// How this floor reports that the kernel said no.
//
// Errors: a call that fails throws std::system_error, whose what() is "pipe2: Too many open files" and whose code()
//   holds errno. Outcomes that a caller acts on every day (would block, end of file, no child) are return values.
#pragma once

#include <cerrno>
#include <system_error>

namespace mpr::os {

[[noreturn]] inline void throw_errno(const char* call, int error = errno) {
  throw std::system_error(error, std::generic_category(), call);
}

/// For calls that answer -1 and set errno.
template <class Result>
Result check(Result result, const char* call) {
  if (result == static_cast<Result>(-1)) throw_errno(call);
  return result;
}

/// Calls again for as long as a signal interrupts. Never for close().
template <class Call>
auto retry_eintr(Call call) {
  decltype(call()) result;
  do result = call();
  while (result == -1 && errno == EINTR);
  return result;
}

}  // namespace mpr::os
