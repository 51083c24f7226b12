#include "runner/spill.hpp"

#include <algorithm>
#include <cstring>
#include <system_error>

#include "os/io.hpp"
#include "os/temporary_file.hpp"
#include "runner/error.hpp"

namespace mpr::runner {

Spill::Spill(std::string directory, size_t memory_bytes)
    : directory_(std::move(directory)), most_in_memory_(std::max<size_t>(2, memory_bytes / kSegmentBytes)) {}

template <class Visit>
void Spill::each_part(Extent extent, Visit visit) {
  while (extent.bytes > 0) {
    const uint64_t room = kSegmentBytes - extent.offset % kSegmentBytes;
    const auto part = static_cast<size_t>(std::min(extent.bytes, room));
    visit(segment_at(extent.offset), extent.offset, part);
    extent.offset += part;
    extent.bytes -= part;
  }
}

Spill::Extent Spill::append(std::span<const std::byte> bytes) {
  const Extent extent{end_, bytes.size()};
  while (!bytes.empty()) {
    if (end_ % kSegmentBytes == 0) open_segment();
    const size_t used = end_ % kSegmentBytes;
    const auto part = bytes.first(std::min(bytes.size(), kSegmentBytes - used));
    Segment& segment = segments_.back();
    std::memcpy(segment.memory.get() + used, part.data(), part.size());
    segment.live += part.size();
    held_bytes_ += part.size();
    end_ += part.size();
    bytes = bytes.subspan(part.size());
    if (end_ % kSegmentBytes == 0) seal_segment();
  }
  return extent;
}

void Spill::open_segment() {
  if (segments_.empty()) first_segment_ = end_ / kSegmentBytes;
  Segment segment;
  if (spare_.empty()) {
    segment.memory = std::make_unique_for_overwrite<std::byte[]>(kSegmentBytes);
  } else {
    segment.memory = std::move(spare_.back());
    spare_.pop_back();
  }
  ++in_memory_;
  segments_.push_back(std::move(segment));
}

void Spill::seal_segment() {
  // The last one, not the first: what came first is likely to be wanted first.
  if (in_memory_ >= most_in_memory_) move_to_disk(segments_.back(), end_ - kSegmentBytes);
}

void Spill::move_to_disk(Segment& segment, uint64_t offset) {
  try {
    if (!file_) file_ = os::open_unlinked_file(directory_);
    os::write_at(file_, {segment.memory.get(), kSegmentBytes}, offset);
  } catch (const std::system_error& error) {
    throw RunError("cannot keep output that waits for its turn in '" + directory_ + "': " + error.code().message(),
                   "set TMPDIR to a directory with room");
  }
  segment.on_disk = true;
  bytes_on_disk_ += kSegmentBytes;
  spare_.push_back(std::move(segment.memory));
  --in_memory_;
}

void Spill::read(Extent extent, const std::function<void(std::span<const std::byte>)>& consume) {
  each_part(extent, [&](Segment& segment, uint64_t offset, size_t bytes) {
    if (!segment.on_disk) return consume({segment.memory.get() + offset % kSegmentBytes, bytes});
    reading_.resize(kSegmentBytes);
    const auto piece = std::span{reading_}.first(bytes);
    if (os::read_at(file_, piece, offset) != bytes) throw RunError("internal error: waiting output has lost its end");
    consume(piece);
  });
}

void Spill::release(Extent extent) {
  each_part(extent, [&](Segment& segment, uint64_t offset, size_t bytes) {
    segment.live -= bytes;
    held_bytes_ -= bytes;
    const uint64_t begin = offset - offset % kSegmentBytes;
    const bool still_filling = begin + kSegmentBytes > end_;
    if (segment.live == 0 && !still_filling) free_segment(segment, begin);
  });
  start_over_if_empty();
}

void Spill::free_segment(Segment& segment, uint64_t offset) {
  if (segment.on_disk) {
    os::punch_hole(file_, offset, kSegmentBytes);
    bytes_on_disk_ -= kSegmentBytes;
    segment.on_disk = false;
  } else if (segment.memory) {
    if (spare_.size() < most_in_memory_) spare_.push_back(std::move(segment.memory));
    segment.memory.reset();
    --in_memory_;
  }
  while (!segments_.empty() && !segments_.front().memory && !segments_.front().on_disk) {
    segments_.pop_front();
    ++first_segment_;
  }
}

/// Nothing is held: the next byte goes to the beginning again, where memory is warm and the file is empty.
void Spill::start_over_if_empty() {
  if (held_bytes_ > 0) return;
  if (!segments_.empty()) free_segment(segments_.back(), end_ - end_ % kSegmentBytes);
  segments_.clear();
  first_segment_ = 0;
  end_ = 0;
}

}  // namespace mpr::runner
