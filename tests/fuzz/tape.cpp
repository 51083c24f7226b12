#include "tape.hpp"

#include <algorithm>

namespace mpr::test {
namespace {

using Bytes = Tape::Bytes;

class Shrinker {
 public:
  Shrinker(Bytes bytes, const std::function<bool(const Bytes&)>& still) : bytes_(std::move(bytes)), still_(still) {}

  Bytes run() {
    cut_end();
    while (cut_spans() || clear() || lower() || cut_zeros_for_less()) {
    }
    cut_end();
    return bytes_;
  }

 private:
  bool try_instead(const Bytes& other) {
    if (!still_(other)) return false;
    bytes_ = other;
    return true;
  }

  /// Zeros at the end say nothing.
  void cut_end() {
    while (!bytes_.empty() && bytes_.back() == 0) bytes_.pop_back();
  }

  bool cut_spans() {
    bool any = false;
    for (size_t span = std::max<size_t>(bytes_.size() / 2, 1); span > 0; span /= 2) {
      for (size_t at = 0; at + span <= bytes_.size();) {
        Bytes other = bytes_;
        other.erase(other.begin() + static_cast<ptrdiff_t>(at), other.begin() + static_cast<ptrdiff_t>(at + span));
        if (try_instead(other))
          any = true;
        else
          at += span;
      }
    }
    return any;
  }

  bool clear() {
    bool any = false;
    for (size_t at = 0; at < bytes_.size(); ++at) any = put(at, 0) || any;
    return any;
  }

  bool lower() {
    bool any = false;
    for (size_t at = 0; at < bytes_.size(); ++at) {
      while (bytes_[at] > 1 && put(at, bytes_[at] / 2)) any = true;
      while (bytes_[at] > 1 && put(at, static_cast<uint8_t>(bytes_[at] - 1))) any = true;
    }
    return any;
  }

  /// A smaller number somewhere, and fewer of the simple choices that it asked for: neither would do alone.
  bool cut_zeros_for_less() {
    for (size_t at = 0; at < bytes_.size(); ++at) {
      if (bytes_[at] == 0) continue;
      for (size_t from = at + 1; from < bytes_.size(); from = end_of_zeros(from) + 1) {
        for (size_t span = end_of_zeros(from) - from; span > 0; span /= 2) {
          if (less_without(at, bytes_[at] / 2, from, span) || less_without(at, bytes_[at] - 1, from, span)) return true;
        }
      }
    }
    return false;
  }

  [[nodiscard]] size_t end_of_zeros(size_t from) const {
    while (from < bytes_.size() && bytes_[from] == 0) ++from;
    return from;
  }

  bool less_without(size_t at, int value, size_t from, size_t span) {
    Bytes other = bytes_;
    other[at] = static_cast<uint8_t>(value);
    other.erase(other.begin() + static_cast<ptrdiff_t>(from), other.begin() + static_cast<ptrdiff_t>(from + span));
    return try_instead(other);
  }

  bool put(size_t at, uint8_t value) {
    if (bytes_[at] == value) return false;
    Bytes other = bytes_;
    other[at] = value;
    return try_instead(other);
  }

  Bytes bytes_;
  const std::function<bool(const Bytes&)>& still_;
};

}  // namespace

/// Eight bytes more: SplitMix64.
void Tape::make_up() {
  uint64_t word = state_ += 0x9e3779b97f4a7c15;
  word = (word ^ (word >> 30U)) * 0xbf58476d1ce4e5b9;
  word = (word ^ (word >> 27U)) * 0x94d049bb133111eb;
  word ^= word >> 31U;
  for (unsigned shift = 0; shift < 64; shift += 8) bytes_.push_back(static_cast<uint8_t>(word >> shift));
}

Bytes shrunk(Bytes bytes, const std::function<bool(const Bytes&)>& still) {
  return Shrinker{std::move(bytes), still}.run();
}

}  // namespace mpr::test
