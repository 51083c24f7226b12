// Rows: the inputs of tasks that follow one another, in one piece of memory: laid out as the requests of a batch are.
//
// All rows have as many values as the first. Taking rows off the front costs no copy of the others.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "runner/inputs.hpp"
#include "worker/wire.hpp"

namespace mpr::runner {

class Rows {
 public:
  void append(const Inputs& row);
  [[nodiscard]] uint32_t count() const { return count_; }
  [[nodiscard]] uint32_t values_each() const { return values_each_; }
  /// Row by row, a length (4 bytes) and the text of each value.
  [[nodiscard]] std::span<const std::byte> bytes() const { return std::span{bytes_}.subspan(begin_); }

  /// The row at this place, from 0, which must be there.
  [[nodiscard]] Inputs row(uint32_t place) const;
  /// Takes the first `count` off.
  void drop_front(uint32_t count);
  Rows split_front(uint32_t count);

  /// Reads row after row.
  class Reader {
   public:
    explicit Reader(const Rows& rows) : wire_(rows.bytes()), left_(rows.count()), values_each_(rows.values_each()) {}
    /// False at the end. The strings in `row` are used again.
    bool next(Inputs& row);

   private:
    worker::WireReader wire_;
    uint32_t left_;
    uint32_t values_each_;
  };

 private:
  /// How many bytes the first `count` rows take.
  [[nodiscard]] size_t bytes_of(uint32_t count) const;

  std::vector<std::byte> bytes_;
  size_t begin_ = 0;
  uint32_t count_ = 0;
  uint32_t values_each_ = 0;
};

}  // namespace mpr::runner
