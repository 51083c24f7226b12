#include "text.hpp"

#include <array>
#include <cstdint>

namespace mpr::report {
namespace {

/// The bytes that may follow a lead byte, and how many; the first of them is limited further (Unicode, table 3-7).
struct Tail {
  size_t length = 0;  ///< 0: not a lead byte
  uint8_t first_low = 0x80;
  uint8_t first_high = 0xBF;
};

Tail tail_after(uint8_t lead) {
  if (lead >= 0xC2 && lead <= 0xDF) return {1};
  if (lead == 0xE0) return {2, 0xA0, 0xBF};
  if (lead == 0xED) return {2, 0x80, 0x9F};
  if (lead >= 0xE1 && lead <= 0xEF) return {2};
  if (lead == 0xF0) return {3, 0x90, 0xBF};
  if (lead >= 0xF1 && lead <= 0xF3) return {3};
  if (lead == 0xF4) return {3, 0x80, 0x8F};
  return {};
}

}  // namespace

bool is_utf8(std::string_view bytes) {
  const auto byte = [&](size_t i) { return static_cast<uint8_t>(bytes[i]); };
  for (size_t i = 0; i < bytes.size(); ++i) {
    if (byte(i) < 0x80) continue;
    const Tail tail = tail_after(byte(i));
    if (tail.length == 0 || bytes.size() - i <= tail.length) return false;
    if (byte(i + 1) < tail.first_low || byte(i + 1) > tail.first_high) return false;
    for (size_t k = 2; k <= tail.length; ++k) {
      if ((byte(i + k) & 0xC0U) != 0x80) return false;
    }
    i += tail.length;
  }
  return true;
}

std::string base64(std::string_view bytes) {
  constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (size_t i = 0; i < bytes.size(); i += 3) {
    const std::string_view group = bytes.substr(i, 3);
    uint32_t bits = 0;
    for (size_t k = 0; k < 3; ++k) bits = bits << 8U | (k < group.size() ? static_cast<uint8_t>(group[k]) : 0U);
    for (size_t k = 0; k < 4; ++k) text += k <= group.size() ? kDigits[bits >> (18 - 6 * k) & 0x3FU] : '=';
  }
  return text;
}

}  // namespace mpr::report
