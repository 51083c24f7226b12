// The frames between a pool's owner and its workers. Both are one program, so a frame begins with a plain struct.
#pragma once

#include <cstring>
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

/// Takes the header off a frame. The other side is trusted: it is a part of this program.
template <class Header>
Header take_header(Bytes& frame) {
  Header header;
  std::memcpy(&header, frame.data(), sizeof header);
  frame = frame.subspan(sizeof header);
  return header;
}

}  // namespace mpr::pool
