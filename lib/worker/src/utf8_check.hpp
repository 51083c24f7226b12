// Utf8Check: whether bytes that come one by one are UTF-8, as the Unicode standard has it: no overlong forms, no
// surrogates, nothing above U+10FFFF.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string_view>

namespace mpr::worker {

class Utf8Check {
 public:
  /// False for a byte that cannot come here.
  [[nodiscard]] bool take(unsigned char byte) {
    if (left_ > 0) {
      const bool fits = byte >= lowest_ && byte <= highest_;
      --left_;
      lowest_ = 0x80;
      highest_ = 0xBF;
      return fits;
    }
    if (byte < 0x80) return true;
    if (byte < 0xC2 || byte > 0xF4) return false;
    left_ = byte < 0xE0 ? 1 : byte < 0xF0 ? 2 : 3;
    if (byte == 0xE0) lowest_ = 0xA0;
    if (byte == 0xED) highest_ = 0x9F;
    if (byte == 0xF0) lowest_ = 0x90;
    if (byte == 0xF4) highest_ = 0x8F;
    return true;
  }
  /// Whether no character is begun and not ended.
  [[nodiscard]] bool between_characters() const { return left_ == 0; }

 private:
  uint8_t left_ = 0;
  uint8_t lowest_ = 0x80;
  uint8_t highest_ = 0xBF;
};

[[nodiscard]] inline bool is_utf8(std::string_view text) {
  Utf8Check check;
  return std::all_of(text.begin(), text.end(), [&](char c) { return check.take(static_cast<unsigned char>(c)); }) &&
         check.between_characters();
}

}  // namespace mpr::worker
