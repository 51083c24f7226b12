// Range: an arithmetic sequence of numbers or letters, never written out in memory.
//
//   Range r = Range::numbers({.first = 1, .last = 10, .step = 4});    // 1 5 9
//   r.at(2)                                                           // "9"
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace mpr::manifest {

class Range {
 public:
  struct Ends {
    int64_t first = 0;
    int64_t last = 0;    ///< included if a step lands on it; smaller than `first`: the range counts down
    uint64_t step = 1;   ///< never 0; the direction is that of the ends
    unsigned width = 0;  ///< shorter numbers are filled with zeros, after the sign, which counts
  };

  /// Nothing for the one range whose size does not fit 64 bits.
  [[nodiscard]] static std::optional<Range> numbers(const Ends& ends);
  [[nodiscard]] static Range letters(char first, char last, uint64_t step);

  [[nodiscard]] uint64_t size() const { return size_; }
  [[nodiscard]] std::string at(uint64_t index) const;
  void write(uint64_t index, std::string& into) const;  ///< at(), into a string that is used again

 private:
  Range() = default;

  uint64_t first_ = 0;  // as two's complement, so that first_ + index * step_ cannot overflow
  uint64_t step_ = 1;
  uint64_t size_ = 0;
  unsigned width_ = 0;
  bool letters_ = false;
};

}  // namespace mpr::manifest
