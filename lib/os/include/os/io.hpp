// Reading and writing descriptors; the name says which loop you get.
//
// Units: bytes. Errors: as in os/error.hpp; "would block", end of file and "the reader is gone" are values.
// Threads, processes: no state; safe wherever the descriptor is.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>

#include "unique_fd.hpp"

namespace mpr::os {

enum class IoState { done, would_block, closed };

/// closed: end of file (reading), or nobody reads any more (writing: EPIPE, ECONNRESET).
struct IoResult {
  IoState state = IoState::done;
  size_t bytes = 0;
};

/// One read(2), repeated only when a signal interrupts it.
[[nodiscard]] IoResult read_some(FdRef fd, std::span<std::byte> into);

/// One write(2), repeated only when a signal interrupts it. May be short.
[[nodiscard]] IoResult write_some(FdRef fd, std::span<const std::byte> from);

/// One writev(2) of the two, likewise.
[[nodiscard]] IoResult write_some(FdRef fd, std::span<const std::byte> first, std::span<const std::byte> then);

/// The same as of one, and a reader that is gone is only told by the result: SIGPIPE does not come, whatever its
/// disposition. Costs two more system calls where the kernel is older than Linux 6.18.
[[nodiscard]] IoResult write_some_quietly(FdRef fd, std::span<const std::byte> from);

/// Writes all of it to a blocking descriptor; false when nobody reads any more.
[[nodiscard]] bool write_all(FdRef fd, std::span<const std::byte> from);

/// Reads at an offset until `into` is full or the file ends; answers the bytes read.
[[nodiscard]] size_t read_at(FdRef fd, std::span<std::byte> into, size_t offset);

/// Writes all of it at an offset.
void write_at(FdRef fd, std::span<const std::byte> from, size_t offset);

/// What a descriptor is open for. Throws std::system_error for one that is not open.
struct OpenFor {
  bool reading = false;
  bool writing = false;
};
[[nodiscard]] OpenFor open_for(FdRef fd);

/// A copy of the descriptor, close-on-exec.
[[nodiscard]] UniqueFd duplicate(FdRef fd);

/// Sets O_NONBLOCK on the open file description: only for ends that no other process holds.
void set_nonblocking(FdRef fd);

/// Keeps it from the programs that this process starts. For descriptors that it was started with.
void set_close_on_exec(FdRef fd);

/// A whole small file; nothing when it cannot be opened or read.
[[nodiscard]] std::optional<std::string> read_file(const std::string& path);

/// Opens for reading; the description is non-blocking, so that a named pipe without a writer does not hold us up.
[[nodiscard]] UniqueFd open_for_reading(const std::string& path);

/// Opens for writing, makes the file, and the directories that lead to it, where there are none, and empties it.
[[nodiscard]] UniqueFd create_file(const std::string& path);

[[nodiscard]] bool is_directory(FdRef fd);

}  // namespace mpr::os
