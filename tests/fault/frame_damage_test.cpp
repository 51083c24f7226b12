// Frames between mpr and its workers that are cut or changed anywhere: they are frames or refused, whatever they claim
// to hold.
#include <sys/resource.h>

#include <memory>

#include <catch2/catch.hpp>

#include "os/pipe.hpp"
#include "support/wait_until.hpp"
#include "worker/frames.hpp"

using namespace mpr;
using namespace mpr::worker;

namespace {

using Frame = std::vector<std::byte>;

template <class Value>
Frame frame_of(const Value& value) {
  OneWayPipe queue = make_one_way_pipe();
  FramePoster{}.post(queue.writer, value);
  REQUIRE(queue.writer.flush() == os::IoState::done);
  const auto message = queue.reader.recv_bytes();
  REQUIRE(message);
  return {message->begin(), message->end()};
}

Task some_task() {
  Task task;
  task.number = 5;
  task.command.argv = {"program", "", "two words"};
  task.command.environment = {"A=b"};
  task.command.directory = "dir";
  task.command.input = {Input::Kind::text, "to read\n"};
  task.command.output = {worker::Output::Kind::file, "out"};
  task.timeout = std::chrono::seconds{3};
  task.variables = {"MPR_JOB=x"};
  task.cpus = {0, 7};
  return task;
}

Batch some_batch() {
  Batch batch;
  batch.common = some_task();
  batch.common.executor = ExecutorKind::lines;
  batch.place = 7;
  batch.count = 2;
  batch.words_each = 1;
  WireWriter words;
  words.put(std::string_view{"a"}).put(std::string_view{""});
  batch.requests.assign(words.bytes().begin(), words.bytes().end());
  return batch;
}

/// One of each kind.
std::vector<Frame> all_frames() {
  const std::vector<Answer> each{{2, 30}, {0, 40}};
  const std::string_view text = "ab";
  Result result;
  result.ending = Ending::could_not_start;
  return {
      frame_of(some_task()),   frame_of(some_batch()),
      frame_of(Order::cancel), frame_of(OutputChunk{5, Stream::err, std::as_bytes(std::span{text})}),
      frame_of(result),        frame_of(Answers{9, 2, std::as_bytes(std::span{each}), std::as_bytes(std::span{text})}),
      frame_of(Returned{7, 1})};
}

/// Reads all that a batch and answers say they hold, too. False when it is refused; anything but that fails the test.
bool decodes(Connection::Bytes bytes) {
  bool any = false;
  try {
    const DownFrame down = decode_down(bytes);
    any = true;
    if (const auto* batch = std::get_if<Batch>(&down)) {
      Requests requests{batch->requests, batch->words_each};
      Requests::Words words;
      while (requests.next(words)) {
      }
    }
  } catch (const WireError&) {
  }
  try {
    const UpFrame up = decode_up(bytes);
    any = true;
    if (const auto* answers = std::get_if<Answers>(&up)) {
      for (uint32_t place = 0; place < answers->count; ++place) (void)answers->answer(place);
    }
  } catch (const WireError&) {
  }
  return any;
}

/// In memory of exactly its size, so that a sanitizer sees what is read beyond it.
bool decodes_alone(const Frame& frame, size_t size) {
  const std::unique_ptr<std::byte[]> exact(new std::byte[size]);
  std::copy_n(frame.begin(), size, exact.get());
  return decodes({exact.get(), size});
}

long peak_kib() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss;
}

constexpr long kLittle = 64L * 1024 * test::kSlowness;

}  // namespace

TEST_CASE("every frame that is cut at any byte is a frame or refused") {
  for (const Frame& frame : all_frames()) {
    for (size_t size = 0; size < frame.size(); ++size) (void)decodes_alone(frame, size);
    CHECK(decodes_alone(frame, frame.size()));
  }
}

TEST_CASE("every frame with any byte changed to any other is a frame or refused, and asks for little memory") {
  const long before = peak_kib();
  size_t refused = 0;
  for (const Frame& whole : all_frames()) {
    Frame frame = whole;
    for (std::byte& byte : frame) {
      const std::byte right = byte;
      for (int value = 0; value < 256; ++value) {
        byte = static_cast<std::byte>(value);
        if (!decodes_alone(frame, frame.size())) ++refused;
      }
      byte = right;
    }
  }
  CHECK(refused > 0);
  CHECK(peak_kib() - before < kLittle);
}

TEST_CASE("a queue with any byte changed gives frames and an end, and asks for little memory") {
  const long before = peak_kib();
  Frame stream;
  for (const Frame& frame : all_frames()) {
    WireWriter head;
    head.put(static_cast<uint32_t>(frame.size()));
    stream.insert(stream.end(), head.bytes().begin(), head.bytes().end());
    stream.insert(stream.end(), frame.begin(), frame.end());
  }
  for (std::byte& byte : stream) {
    const std::byte right = byte;
    for (const int flip : {0x01, 0x80, 0xff}) {
      byte = right ^ static_cast<std::byte>(flip);
      os::Pipe pipe = os::make_pipe();
      REQUIRE(os::write_all(pipe.writer, stream));
      pipe.writer.reset();
      Connection queue{std::move(pipe.reader)};
      try {
        while (queue.fill() == os::IoState::done) {
          while (const auto message = queue.next()) (void)decodes(*message);
        }
      } catch (const CodecError&) {  // the length that stands for a descriptor
      }
    }
    byte = right;
  }
  CHECK(peak_kib() - before < kLittle);
}
