// AnswerBox: gathers answers that follow one another, until they are sent up together.
#pragma once

#include <limits>
#include <vector>

#include "worker/frames.hpp"

namespace mpr::worker {

class AnswerBox {
 public:
  static constexpr size_t kFullBytes = 48 * 1024;

  /// Whether it can take this one, too: it follows those that are in, and there is room.
  [[nodiscard]] bool takes(TaskNumber number) const {
    return each_.empty() ||
           (number == first_ + each_.size() && out_.size() + each_.size() * sizeof(Answer) < kFullBytes);
  }
  void add(TaskNumber number, os::Duration elapsed, std::span<const std::byte> out) {
    constexpr int64_t kMost = std::numeric_limits<uint32_t>::max();
    if (each_.empty()) first_ = number;
    each_.push_back({static_cast<uint32_t>(out.size()), static_cast<uint32_t>(std::min(elapsed.count(), kMost))});
    out_.insert(out_.end(), out.begin(), out.end());
  }
  [[nodiscard]] bool empty() const { return each_.empty(); }

  void post(FramePoster& poster, Connection& to) {
    if (each_.empty()) return;
    poster.post(to, Answers{first_, static_cast<uint32_t>(each_.size()), std::as_bytes(std::span{each_}), out_});
    each_.clear();
    out_.clear();
  }

 private:
  TaskNumber first_ = 0;
  std::vector<Answer> each_;
  std::vector<std::byte> out_;
};

}  // namespace mpr::worker
