// Tape: all that is left to chance in a random test, as bytes. The same bytes tell the same story, so that a story that
// went wrong can be kept, told again and cut down; a fuzzer makes up others.
//
//   Tape tape = Tape::random(seed);                    // endless
//   tell(tape);                                        // if (tape.chance(10)) ..., switch (tape.below(3)) ...
//   Tape again{tape.taken()};                          // the same
//   const Bytes small = shrunk(tape.taken(), [](const Bytes& bytes) { Tape cut{bytes}; return fails(cut); });
//
// At its end a tape goes on with zeros, which must be the simplest choice everywhere: it lets the story end well.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

namespace mpr::test {

class Tape {
 public:
  using Bytes = std::vector<uint8_t>;

  explicit Tape(Bytes bytes) : bytes_(std::move(bytes)) {}
  [[nodiscard]] static Tape random(uint64_t seed) {
    Tape tape{Bytes{}};
    tape.is_random_ = true;
    tape.state_ = seed;
    return tape;
  }

  /// 0 to limit - 1, of one byte, or of two where one does not do. At most 65536.
  unsigned below(unsigned limit) {
    if (limit <= 256) return next() % limit;
    const unsigned high = next();
    return (high << 8U | next()) % limit;
  }
  /// True so many times of 256; takes no byte where it cannot be.
  bool chance(unsigned of_256) { return of_256 > 0 && next() + of_256 >= 256; }

  /// What has been read so far.
  [[nodiscard]] Bytes taken() const { return {bytes_.begin(), bytes_.begin() + static_cast<ptrdiff_t>(at_)}; }

 private:
  unsigned next() {
    if (at_ == bytes_.size()) {
      if (!is_random_) return 0;
      make_up();
    }
    return bytes_[at_++];
  }
  void make_up();

  Bytes bytes_;
  size_t at_ = 0;
  bool is_random_ = false;
  uint64_t state_ = 0;
};

/// As few bytes as can be found, and as many of them zero, of which the same is true.
[[nodiscard]] Tape::Bytes shrunk(Tape::Bytes bytes, const std::function<bool(const Tape::Bytes&)>& still);

}  // namespace mpr::test
