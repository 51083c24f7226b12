// What a job program, or one that only claims to be one, does to the memory that it shares with its worker. A story of
// steps, each a byte, then what it needs: a N asks for N tasks; w PLACE LENGTH BYTES writes into the ring; p NUMBER (8
// bytes) says how much there is; r STATUS FLAGS OUT ERR adds one whole answer, as a job does; t takes all that is
// there.
#include <cstring>

#include "fuzz_input.hpp"
#include "os/shared_mapping.hpp"
#include "worker/job_link.hpp"

namespace {

using namespace mpr;
using test::require;

class Bytes {
 public:
  explicit Bytes(std::span<const std::byte> bytes) : bytes_(bytes) {}

  [[nodiscard]] bool empty() const { return bytes_.empty(); }
  std::span<const std::byte> take(size_t size) {
    const auto taken = bytes_.first(std::min(size, bytes_.size()));
    bytes_ = bytes_.subspan(taken.size());
    return taken;
  }
  /// 0 for what is missing.
  template <class Number>
  Number number() {
    Number value{};
    const auto bytes = take(sizeof value);
    if (!bytes.empty()) std::memcpy(&value, bytes.data(), bytes.size());
    return value;
  }

 private:
  std::span<const std::byte> bytes_;
};

/// The worker's end, and the memory as the program sees it.
class Check {
 public:
  Check() : link_(), program_(file_of(link_), job::kRingOffset + kRing) {}

  void tell(Bytes story) {
    while (!story.empty()) step(story.number<char>(), story);
    take();
  }

 private:
  static constexpr size_t kRing = 1024 * 1024;

  /// The memory file is the third of what a program is given.
  static os::FdRef file_of(const worker::JobLink& link) {
    std::array<std::byte, 64> buffer;
    const worker::Capture capture(buffer);
    return link.passed(capture).at(2);
  }

  job::Board& board() { return *reinterpret_cast<job::Board*>(program_.data()); }
  std::byte* ring() { return program_.data() + job::kRingOffset; }

  void step(char step, Bytes& story) {
    if (step == 'a') ask(story.number<uint8_t>());
    if (step == 'w') write(story.number<uint32_t>(), story.take(story.number<uint8_t>()));
    if (step == 'p') board().produced.store(story.number<uint64_t>());
    if (step == 'r') answer(story);
    if (step == 't') take();
  }

  void ask(uint8_t count) {
    job::RequestHead head;
    head.count = count;
    link_.ask(head, {});
    link_.flush();
  }

  void write(uint32_t place, std::span<const std::byte> bytes) {
    for (const std::byte each : bytes) ring()[place++ % kRing] = each;
  }

  void answer(Bytes& story) {
    job::AnswerHead head;
    head.status = story.number<uint8_t>();
    head.flags = story.number<uint8_t>();
    head.out = story.number<uint16_t>();
    head.err = story.number<uint16_t>();
    const uint64_t produced = board().produced.load();
    write(static_cast<uint32_t>(produced % kRing), std::as_bytes(std::span{&head, 1}));
    board().produced.store(produced + job::record_bytes(head));
  }

  void take() {
    while (const auto answer = link_.next()) {
      require(!link_.broken(), "nothing is taken from what is broken");
      require(answer->out.size() == answer->head.out && answer->err.size() == answer->head.err,
              "a text has its length");
      require(answer->out.size() + answer->err.size() <= kRing, "a text is no longer than the ring");
      for (const std::byte each : answer->out) sum_ += std::to_integer<unsigned>(each);
      for (const std::byte each : answer->err) sum_ += std::to_integer<unsigned>(each);
    }
    require(link_.taken() <= link_.asked(), "no more is answered than was asked");
    require(!was_broken_ || link_.broken(), "what is broken stays so");
    was_broken_ = link_.broken();
    link_.make_room();
    require(was_broken_ || board().consumed.load() == board().produced.load(), "all is taken, or it is broken");
  }

  worker::JobLink link_;
  os::SharedMapping program_;
  bool was_broken_ = false;
  unsigned sum_ = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  Check().tell(Bytes(std::as_bytes(std::span(data, size))));
  return 0;
}
