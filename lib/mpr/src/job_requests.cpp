#include "job_requests.hpp"

#include <algorithm>
#include <cstring>
#include <stdexcept>

#include "os/io.hpp"
#include "os/poll_set.hpp"

namespace mpr::job {
namespace {

constexpr size_t kReadBytes = 64 * 1024;

}  // namespace

JobRequests::JobRequests(os::UniqueFd pipe, Words first)
    : pipe_(std::move(pipe)), words_(first.begin(), first.end()), first_(first.size()), buffer_(kReadBytes) {}

uint32_t JobRequests::length_at(size_t offset) const {
  uint32_t length = 0;
  std::memcpy(&length, buffer_.data() + begin_ + offset, sizeof length);
  return length;
}

RequestHead JobRequests::take_head() {
  RequestHead head;
  std::memcpy(&head, buffer_.data() + begin_, sizeof head);
  begin_ += sizeof head;
  return head;
}

Words JobRequests::take_words(uint32_t count) {
  words_.resize(first_ + count);
  for (size_t word = first_; word < words_.size(); ++word) {
    const uint32_t length = length_at(0);
    const std::byte* const text = buffer_.data() + begin_ + sizeof length;
    words_[word] = {reinterpret_cast<const char*>(text), length};
    begin_ += sizeof length + length;
  }
  return words_;
}

bool JobRequests::readable() const {
  return os::readable_now(pipe_);
}

bool JobRequests::read(size_t wanted) {
  std::copy(buffer_.begin() + static_cast<ptrdiff_t>(begin_), buffer_.begin() + static_cast<ptrdiff_t>(end_),
            buffer_.begin());
  end_ -= begin_;
  begin_ = 0;
  // By what has come, not by what is said to come.
  if (buffer_.size() < wanted && end_ == buffer_.size()) buffer_.resize(2 * buffer_.size());
  const os::IoResult got = os::read_some(pipe_, std::span{buffer_}.subspan(end_));
  if (got.state == os::IoState::closed && end_ > 0) cut_off();
  end_ += got.bytes;
  return got.state != os::IoState::closed;
}

void JobRequests::cut_off() {
  throw std::runtime_error("the requests are cut off");
}

}  // namespace mpr::job
