// Wire: values to bytes and back, for frames between processes of one machine and one build of mpr.
//
// Errors: reading past the end, a length that cannot be, or something left where the end should be, throws WireError:
//   bytes from another process are never trusted to be well formed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace mpr::worker {

struct WireError : std::runtime_error {
  WireError() : std::runtime_error("a frame is cut off or malformed") {}
};

/// Appends to a buffer that is kept from frame to frame.
class WireWriter {
 public:
  WireWriter& clear() {
    bytes_.clear();
    return *this;
  }

  template <class Value>
  requires(std::is_arithmetic_v<Value> || std::is_enum_v<Value>) WireWriter& put(Value value) {
    const size_t at = bytes_.size();
    bytes_.resize(at + sizeof value);
    std::memcpy(bytes_.data() + at, &value, sizeof value);
    return *this;
  }
  WireWriter& put(std::span<const std::byte> raw) {
    bytes_.insert(bytes_.end(), raw.begin(), raw.end());
    return *this;
  }
  WireWriter& put(std::string_view text) {
    put(static_cast<uint32_t>(text.size()));
    return put(std::as_bytes(std::span{text}));
  }
  WireWriter& put(const std::vector<std::string>& texts) {
    put(static_cast<uint32_t>(texts.size()));
    for (const std::string& text : texts) put(text);
    return *this;
  }
  WireWriter& put(const std::vector<uint32_t>& numbers) {
    put(static_cast<uint32_t>(numbers.size()));
    return put(std::as_bytes(std::span{numbers}));
  }

  [[nodiscard]] std::span<const std::byte> bytes() const { return bytes_; }

 private:
  std::vector<std::byte> bytes_;
};

class WireReader {
 public:
  explicit WireReader(std::span<const std::byte> bytes) : left_(bytes) {}

  template <class Value>
  requires(std::is_arithmetic_v<Value> || std::is_enum_v<Value>) Value get() {
    Value value;
    std::memcpy(&value, take(sizeof value).data(), sizeof value);
    return value;
  }
  std::string get_text() { return std::string(view_text()); }
  /// Valid as long as the bytes that are read from.
  std::string_view view_text() {
    const auto raw = take(get<uint32_t>());
    return {reinterpret_cast<const char*>(raw.data()), raw.size()};
  }
  std::vector<std::string> get_texts() {
    const auto count = get<uint32_t>();
    if (count > left_.size() / sizeof(uint32_t)) throw WireError();
    std::vector<std::string> texts(count);
    for (std::string& text : texts) text = get_text();
    return texts;
  }
  std::vector<uint32_t> get_numbers() {
    const auto raw = take(size_t{get<uint32_t>()} * sizeof(uint32_t));
    std::vector<uint32_t> numbers(raw.size() / sizeof(uint32_t));
    if (!raw.empty()) std::memcpy(numbers.data(), raw.data(), raw.size());
    return numbers;
  }
  /// All that has not been read.
  [[nodiscard]] std::span<const std::byte> rest() const { return left_; }

  /// Throws unless all has been read.
  void end() const {
    if (!left_.empty()) throw WireError();
  }

  std::span<const std::byte> take(size_t bytes) {
    if (bytes > left_.size()) throw WireError();
    const auto taken = left_.first(bytes);
    left_ = left_.subspan(bytes);
    return taken;
  }

 private:
  std::span<const std::byte> left_;
};

}  // namespace mpr::worker
