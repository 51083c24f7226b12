// The frames between a pool's owner and its workers. Both are one program, so a frame begins with a plain struct.
#pragma once

#include <cstring>
#include <stdexcept>
#include <string>

#include "mpr/pool_batch.hpp"

namespace mpr::pool {

/// Down: then the function's bytes, then the items.
struct ChunkHeader {
  uint64_t sequence;
  RunChunk run;
  uint32_t function_bytes;
  uint32_t count;
  bool timed;
};

enum class Outcome : uint8_t {
  complete,
  threw,              ///< behind the results: an Exception
  initializer_threw,  ///< instead of any result: an Exception
};

/// Up: then the results of the first `count` items.
struct ResultHeader {
  uint64_t sequence;
  uint32_t count;
  uint32_t result_bytes;
  Outcome outcome;
};

/// The readable type and the text of an exception, with a zero byte between them.
void put_exception(ByteBuffer& to, const std::exception_ptr& thrown);
[[nodiscard]] std::exception_ptr get_exception(Bytes from);

template <class Header>
Bytes bytes_of(const Header& header) {
  return std::as_bytes(std::span{&header, 1});
}

/// Takes the header off a frame, and sees that the part of so many bytes behind it is there. What its numbers say is
/// trusted: the other side is a part of this program. Throws std::logic_error for what is no frame.
template <class Header>
Header take_header(Bytes& frame, uint32_t Header::*part_bytes) {
  Header header;
  if (frame.size() < sizeof header) throw std::logic_error("internal error: a frame of a pool is cut off");
  std::memcpy(&header, frame.data(), sizeof header);
  frame = frame.subspan(sizeof header);
  if (frame.size() < header.*part_bytes) throw std::logic_error("internal error: a frame of a pool is cut off");
  return header;
}

}  // namespace mpr::pool
