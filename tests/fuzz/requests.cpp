// What a worker asks of a job program, cut anywhere. The first byte says how long the pieces are; the rest is a pipe's
// content.
#include <algorithm>
#include <cstring>

#include "fuzz_input.hpp"
#include "job_requests.hpp"
#include "os/io.hpp"
#include "os/pipe.hpp"

namespace {

using namespace mpr;
using test::require;
using Bytes = std::span<const std::byte>;

/// Writes a piece whenever the reader has read all that there is; closes the pipe after the last.
class Pieces {
 public:
  Pieces(Bytes bytes, size_t size) : bytes_(bytes), size_(size), pipe_(os::make_pipe()) { send(); }

  [[nodiscard]] os::UniqueFd take_reader() { return std::move(pipe_.reader); }
  void send() {
    const Bytes piece = bytes_.first(std::min(size_, bytes_.size()));
    if (piece.empty()) return pipe_.writer.reset();
    require(os::write_some(pipe_.writer, piece).bytes == piece.size(), "there is room for a piece");
    bytes_ = bytes_.subspan(piece.size());
  }

 private:
  Bytes bytes_;
  size_t size_;
  os::Pipe pipe_;
};

/// What a plain reading of the bytes says is next.
class Plain {
 public:
  explicit Plain(Bytes bytes) : bytes_(bytes) {}

  [[nodiscard]] size_t left() const { return bytes_.size(); }
  template <class T>
  T take() {
    T value{};
    require(bytes_.size() >= sizeof value, "nothing is read that has not come");
    std::memcpy(&value, bytes_.data(), sizeof value);
    bytes_ = bytes_.subspan(sizeof value);
    return value;
  }
  void expect(std::string_view word) {
    require(take<uint32_t>() == word.size() && word.size() <= bytes_.size(), "a word has its length");
    require(std::memcmp(bytes_.data(), word.data(), word.size()) == 0, "a word is what was sent");
    bytes_ = bytes_.subspan(word.size());
  }

 private:
  Bytes bytes_;
};

void read(Bytes bytes, size_t piece) {
  Pieces pieces(bytes, piece);
  Plain plain(bytes);
  job::JobRequests requests(pieces.take_reader(), {});
  const auto more = [&] { pieces.send(); };
  while (const auto head = requests.next(more)) {
    const auto expected = plain.take<job::RequestHead>();
    require(std::memcmp(&expected, &*head, sizeof expected) == 0, "a head is what was sent");
    // A task without words is none, and would take no bytes for any number of them.
    for (uint32_t task = 0; head->words > 0 && task < head->count; ++task) {
      for (const std::string_view word : requests.words(head->words, more)) plain.expect(word);
    }
  }
  require(plain.left() == 0, "all is read in the end");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  try {
    read(std::as_bytes(std::span(data + 1, size - 1)), data[0] + 1U);
  } catch (const std::runtime_error&) {  // cut off
  }
  return 0;
}
