// StoreError: the run store cannot be read or written.
//
//   catch (const StoreError& error) { print_error(error.what(), error.hint()); return ExitCode::failure; }
//
// what() is one line fit for `mpr: error: ...`; hint(), when not empty, one for `mpr: hint: ...`. It is no fault of the
// tasks nor of the command line: mpr ends with status 125.
// After it no transaction is open, and what was committed before stays.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <utility>

namespace mpr::store {

class StoreError : public std::runtime_error {
 public:
  /// What a caller may want to act on.
  enum class Cause : uint8_t {
    damaged,  ///< it is no store, or no longer one
    full,     ///< no room: the same call may succeed once there is
    limited,  ///< the file has reached the size that this process may give it: the same, if it ever may more
    busy,     ///< another process writes and has not let go for seconds: the same call may succeed later
    in_use,   ///< another process is writing this run
    absent,   ///< there is no store, or no such run
    refused,  ///< permission, or a file system that is read-only
    newer,    ///< a later mpr made it
    failed,   ///< the disk or the system
  };

  StoreError(Cause cause, const std::string& message, std::string hint = {}, std::string reason = {})
      : std::runtime_error(message), hint_(std::move(hint)), reason_(std::move(reason)), cause_(cause) {}

  [[nodiscard]] Cause cause() const { return cause_; }
  [[nodiscard]] const std::string& hint() const { return hint_; }
  /// Of what() the last part: "the disk is full". Not of each cause.
  [[nodiscard]] const std::string& reason() const { return reason_; }

 private:
  std::string hint_;
  std::string reason_;
  Cause cause_;
};

}  // namespace mpr::store
