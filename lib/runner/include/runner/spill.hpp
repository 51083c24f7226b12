// Spill: bytes that wait for their turn. A few megabytes are held in memory, all beyond that in a temporary file
// without a name; what has been released gives its memory and disk space back.
//
//   const Spill::Extent extent = spill.append(bytes);
//   spill.read(extent, [](std::span<const std::byte> piece) { ... });
//   spill.release(extent);
//
// Errors: RunError when the file cannot be made or written (a full disk); what was appended before is safe.
// Threads: none. Processes: the file is gone when this process is, however it ends.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "os/unique_fd.hpp"

namespace mpr::runner {

class Spill {
 public:
  static constexpr size_t kSegmentBytes = 256 * 1024;

  struct Extent {
    uint64_t offset = 0;
    uint64_t bytes = 0;
  };

  /// `directory`: for the file, made when it is first needed.
  explicit Spill(std::string directory, size_t memory_bytes = 8 * 1024 * 1024);

  Extent append(std::span<const std::byte> bytes);
  /// Gives the bytes in pieces, in order. A piece is valid for the time of the call.
  void read(Extent extent, const std::function<void(std::span<const std::byte>)>& consume);
  /// Each byte is released once.
  void release(Extent extent);

  [[nodiscard]] uint64_t held_bytes() const { return held_bytes_; }
  [[nodiscard]] uint64_t bytes_on_disk() const { return bytes_on_disk_; }

 private:
  using Memory = std::unique_ptr<std::byte[]>;
  struct Segment {
    Memory memory;    ///< none: on disk, or all released
    size_t live = 0;  ///< bytes not yet released
    bool on_disk = false;
  };

  Segment& segment_at(uint64_t offset) { return segments_[offset / kSegmentBytes - first_segment_]; }
  void open_segment();
  void seal_segment();
  void move_to_disk(Segment& segment, uint64_t offset);
  void free_segment(Segment& segment, uint64_t offset);
  void start_over_if_empty();
  /// Calls `visit(segment, offset, bytes)` for the part of the extent in each segment.
  template <class Visit>
  void each_part(Extent extent, Visit visit);

  std::string directory_;
  size_t most_in_memory_;
  std::deque<Segment> segments_;
  uint64_t first_segment_ = 0;  ///< index of segments_.front()
  uint64_t end_ = 0;            ///< offset of the next byte
  size_t in_memory_ = 0;
  uint64_t held_bytes_ = 0;
  uint64_t bytes_on_disk_ = 0;
  std::vector<Memory> spare_;
  os::UniqueFd file_;
  std::vector<std::byte> reading_;
};

}  // namespace mpr::runner
