// JobRequests: what a worker asks of a job program, read from a pipe: see mpr/job_protocol.hpp.
//
//   while (const auto head = requests.next(wait)) for (each of head->count) use(requests.words(head->words, wait));
//
// Errors: std::runtime_error for a pipe that ends within a request. std::system_error.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "mpr/job.hpp"
#include "mpr/job_protocol.hpp"
#include "os/unique_fd.hpp"

namespace mpr::job {

class JobRequests {
 public:
  /// `first`: words that come before those of each request.
  JobRequests(os::UniqueFd pipe, Words first);

  /// Nothing at the end. Calls `before_wait` when there is nothing to be read for the moment.
  template <class BeforeWait>
  [[nodiscard]] std::optional<RequestHead> next(const BeforeWait& before_wait) {
    if (!have(sizeof(RequestHead), before_wait)) return std::nullopt;
    return take_head();
  }

  /// Those of the next task, valid until the next call.
  template <class BeforeWait>
  [[nodiscard]] Words words(uint32_t count, const BeforeWait& before_wait) {
    size_t bytes = 0;
    for (uint32_t word = 0; word < count; ++word) {
      if (!have(bytes + sizeof(uint32_t), before_wait)) cut_off();
      bytes += sizeof(uint32_t) + length_at(bytes);
    }
    if (!have(bytes, before_wait)) cut_off();
    return take_words(count);
  }

 private:
  /// Whether so many bytes are there, having read as much as that takes.
  template <class BeforeWait>
  bool have(size_t bytes, const BeforeWait& before_wait) {
    while (end_ - begin_ < bytes) {
      if (!readable()) before_wait();
      if (!read(bytes)) return false;
    }
    return true;
  }

  [[nodiscard]] uint32_t length_at(size_t offset) const;
  [[nodiscard]] RequestHead take_head();
  [[nodiscard]] Words take_words(uint32_t count);
  [[nodiscard]] bool readable() const;
  /// Reads once, waiting, having made room for more if there is none and `wanted` bytes need it. False at the end, if
  /// nothing has begun there.
  bool read(size_t wanted);
  [[noreturn]] static void cut_off();

  os::UniqueFd pipe_;
  std::vector<std::string_view> words_;
  size_t first_;
  std::vector<std::byte> buffer_;
  size_t begin_ = 0;
  size_t end_ = 0;
};

}  // namespace mpr::job
