// A frame between the parent and a worker, d down or u up: what can be read of it is written as the same bytes again.
#include "fuzz_input.hpp"
#include "mpr/connection.hpp"
#include "worker/frames.hpp"

namespace {

using namespace mpr;
using test::require;
using Frame = std::vector<std::byte>;

template <class Value>
Frame frame_of(const Value& value) {
  OneWayPipe queue = make_one_way_pipe();
  worker::FramePoster{}.post(queue.writer, value);
  require(queue.writer.flush() == os::IoState::done, "a frame can be posted");
  const auto message = queue.reader.recv_bytes();
  require(message.has_value(), "a frame arrives");
  return {message->begin(), message->end()};
}

template <class Decode>
void check(Decode decode, const Frame& frame) {
  try {
    const auto again = std::visit([](const auto& value) { return frame_of(value); }, decode(frame));
    // The second time around, since a byte for true or a cause that does not apply may have other forms.
    const auto third = std::visit([](const auto& value) { return frame_of(value); }, decode(again));
    require(again == third, "what was read is written as it was");
    require(again.size() == frame.size(), "a frame neither grows nor loses anything");
    if constexpr (std::is_same_v<decltype(decode(frame)), worker::DownFrame>)
      require(again == frame, "a frame is what it was read from");
  } catch (const worker::WireError&) {
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const auto* bytes = reinterpret_cast<const std::byte*>(data);
  const Frame frame(bytes + 1, bytes + size);
  if (data[0] == 'd') check(worker::decode_down, frame);
  if (data[0] == 'u') check(worker::decode_up, frame);
  return 0;
}
