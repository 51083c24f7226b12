#include "utf8.hpp"

#include <cstdint>
#include <cstring>

namespace mpr::manifest {
namespace {

unsigned byte_at(std::string_view text, size_t at) {
  return static_cast<unsigned char>(text[at]);
}

/// What the second byte of a sequence may be depends on the first: that excludes overlong forms and surrogates.
bool is_second(unsigned lead, unsigned second) {
  switch (lead) {
    case 0xE0:
      return second >= 0xA0 && second <= 0xBF;
    case 0xED:
      return second >= 0x80 && second <= 0x9F;
    case 0xF0:
      return second >= 0x90 && second <= 0xBF;
    case 0xF4:
      return second >= 0x80 && second <= 0x8F;
    default:
      return second >= 0x80 && second <= 0xBF;
  }
}

/// The bytes of the character at `at`, which is not ASCII; 0: it is not UTF-8.
size_t length_at(std::string_view text, size_t at) {
  const unsigned lead = byte_at(text, at);
  if (lead < 0xC2 || lead > 0xF4) return 0;
  const size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (text.size() - at < length || !is_second(lead, byte_at(text, at + 1))) return 0;
  for (size_t i = 2; i < length; ++i)
    if ((byte_at(text, at + i) & 0xC0U) != 0x80) return 0;
  return length;
}

bool are_ascii(const char* eight) {
  uint64_t bytes = 0;
  std::memcpy(&bytes, eight, sizeof bytes);
  return (bytes & 0x8080808080808080U) == 0;
}

}  // namespace

size_t find_not_utf8(std::string_view text) {
  size_t at = 0;
  while (at < text.size()) {
    if (text.size() - at >= sizeof(uint64_t) && are_ascii(text.data() + at)) {
      at += sizeof(uint64_t);
    } else if (byte_at(text, at) < 0x80) {
      ++at;
    } else {
      const size_t length = length_at(text, at);
      if (length == 0) return at;
      at += length;
    }
  }
  return std::string_view::npos;
}

}  // namespace mpr::manifest
