#include "worker/frames.hpp"

#include <csignal>
#include <random>

#include <catch2/catch.hpp>

using namespace mpr;
using namespace mpr::worker;

namespace {

using Frame = std::vector<std::byte>;

/// The bytes that a value is posted as.
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
  task.number = 123456789012;
  task.attempt = 3;
  task.command.argv = {"prog", "", "two words", "\xff\xfe\n", std::string("nul\0in it", 9)};
  task.command.environment = {"A=b", "C"};
  task.command.directory = "some/where";
  task.command.input = {worker::Input::Kind::text, "to read\n"};
  task.command.output = {worker::Output::Kind::file, "out/file"};
  task.timeout = std::chrono::nanoseconds{3};
  task.kill_after = std::chrono::nanoseconds{4};
  task.variables = {"MPR_JOB=x"};
  task.cpus = {0, 7};
  return task;
}

Task task_of(std::vector<std::string> argv) {
  Task task;
  task.command.argv = std::move(argv);
  return task;
}

Result some_result() {
  Result result;
  result.number = 123456789012;
  result.attempt = 7;
  result.ending = Ending::timed_out;
  result.status = os::ExitStatus::signaled(SIGSEGV, true);
  result.failure = {ENOENT, os::SpawnStep::directory};
  result.fault = Fault::malformed;
  result.inverted = true;
  result.out_of_memory = true;
  result.leaked = true;
  result.started = std::chrono::nanoseconds{1'000'000'000'001};
  result.elapsed = std::chrono::nanoseconds{42};
  result.usage = {std::chrono::microseconds{1}, std::chrono::microseconds{2}, 3};
  return result;
}

void check_same(const Result& a, const Result& b) {
  CHECK(a.number == b.number);
  CHECK(a.attempt == b.attempt);
  CHECK(a.ending == b.ending);
  CHECK(a.status == b.status);
  CHECK(a.failure.error == b.failure.error);
  CHECK(a.failure.step == b.failure.step);
  CHECK(a.fault == b.fault);
  CHECK(a.inverted == b.inverted);
  CHECK(a.out_of_memory == b.out_of_memory);
  CHECK(a.leaked == b.leaked);
  CHECK(a.started == b.started);
  CHECK(a.elapsed == b.elapsed);
  CHECK(a.usage.user == b.usage.user);
  CHECK(a.usage.system == b.usage.system);
  CHECK(a.usage.max_rss_kib == b.usage.max_rss_kib);
}

OutputChunk chunk_of(std::string_view text) {
  return {123456789012, Stream::err, std::as_bytes(std::span{text})};
}

/// Decodes; true if that was a frame. Anything but a frame or WireError fails the test.
bool is_down(Connection::Bytes bytes) {
  try {
    (void)decode_down(bytes);
    return true;
  } catch (const WireError&) {
    return false;
  }
}
bool is_up(Connection::Bytes bytes) {
  try {
    (void)decode_up(bytes);
    return true;
  } catch (const WireError&) {
    return false;
  }
}

/// Each beginning of a frame, in memory of exactly its size so that reading beyond it is seen by the sanitizer.
template <class Visit>
void each_truncation(const Frame& frame, Visit visit) {
  for (size_t size = 0; size < frame.size(); ++size) {
    const std::unique_ptr<std::byte[]> exact(new std::byte[size]);
    std::copy_n(frame.begin(), size, exact.get());
    visit(Connection::Bytes{exact.get(), size});
  }
}

}  // namespace

TEST_CASE("a task travels unharmed, whatever bytes its words have") {
  const Task sent = some_task();
  const DownFrame frame = decode_down(frame_of(sent));
  const auto* task = std::get_if<Task>(&frame);
  REQUIRE(task);
  CHECK(task->number == sent.number);
  CHECK(task->attempt == sent.attempt);
  CHECK(task->command.argv == sent.command.argv);
  CHECK(task->command.environment == sent.command.environment);
  CHECK(task->command.directory == sent.command.directory);
  CHECK(task->command.input.kind == sent.command.input.kind);
  CHECK(task->command.input.value == sent.command.input.value);
  CHECK(task->command.output.kind == sent.command.output.kind);
  CHECK(task->command.output.path == sent.command.output.path);
  CHECK(task->timeout == sent.timeout);
  CHECK(task->kill_after == sent.kill_after);
  CHECK(task->variables == sent.variables);
  CHECK(task->cpus == sent.cpus);
}

TEST_CASE("a task with ten thousand words and one of a megabyte travel unharmed") {
  OneWayPipe queue = make_one_way_pipe();
  queue.writer.set_nonblocking();
  Task sent = task_of(std::vector<std::string>(10'000, "word"));
  sent.command.argv.emplace_back(size_t{1} << 20U, 'x');
  FramePoster{}.post(queue.writer, sent);
  std::optional<Connection::Bytes> message;
  while (!message) {
    (void)queue.writer.flush();
    REQUIRE(queue.reader.fill() == os::IoState::done);
    message = queue.reader.next();
  }
  CHECK(std::get<Task>(decode_down(*message)).command.argv == sent.command.argv);
}

TEST_CASE("orders travel as they are") {
  for (const Order order : {Order::recall, Order::cancel, Order::suspend, Order::resume}) {
    const DownFrame frame = decode_down(frame_of(order));
    REQUIRE(std::holds_alternative<Order>(frame));
    CHECK(std::get<Order>(frame) == order);
  }
}

TEST_CASE("a result travels with everything it says") {
  const UpFrame up = decode_up(frame_of(some_result()));
  REQUIRE(std::holds_alternative<Result>(up));
  check_same(std::get<Result>(up), some_result());
  const UpFrame plain = decode_up(frame_of(Result{}));
  check_same(std::get<Result>(plain), Result{});
}

TEST_CASE("output travels as it is, an empty piece included") {
  for (const std::string& text : {std::string("some\0bytes\xff", 11), std::string{}}) {
    const Frame frame = frame_of(chunk_of(text));
    const UpFrame up = decode_up(frame);
    const auto* chunk = std::get_if<OutputChunk>(&up);
    REQUIRE(chunk);
    CHECK(chunk->number == 123456789012);
    CHECK(chunk->stream == Stream::err);
    CHECK(std::string(reinterpret_cast<const char*>(chunk->bytes.data()), chunk->bytes.size()) == text);
  }
}

TEST_CASE("a returned task is known by its number") {
  const UpFrame up = decode_up(frame_of(Returned{123456789012, 3}));
  REQUIRE(std::holds_alternative<Returned>(up));
  CHECK(std::get<Returned>(up).number == 123456789012);
  CHECK(std::get<Returned>(up).count == 3);
}

TEST_CASE("that the processes of a worker have stopped is a frame upwards") {
  CHECK(std::holds_alternative<Suspended>(decode_up(frame_of(Suspended{}))));
  CHECK_FALSE(is_down(frame_of(Suspended{})));
}

TEST_CASE("a frame that is cut off anywhere is refused") {
  each_truncation(frame_of(some_task()), [](Connection::Bytes bytes) { CHECK_FALSE(is_down(bytes)); });
  each_truncation(frame_of(Order::cancel), [](Connection::Bytes bytes) { CHECK_FALSE(is_down(bytes)); });
  each_truncation(frame_of(some_result()), [](Connection::Bytes bytes) { CHECK_FALSE(is_up(bytes)); });
  each_truncation(frame_of(Returned{7, 1}), [](Connection::Bytes bytes) { CHECK_FALSE(is_up(bytes)); });
}

TEST_CASE("a frame with more behind its end is refused") {
  const auto longer = [](Frame frame) {
    frame.push_back(std::byte{0});
    return frame;
  };
  CHECK(is_down(frame_of(some_task())));
  CHECK_FALSE(is_down(longer(frame_of(some_task()))));
  CHECK_FALSE(is_down(longer(frame_of(Order::recall))));
  CHECK(is_up(frame_of(some_result())));
  CHECK_FALSE(is_up(longer(frame_of(some_result()))));
  CHECK_FALSE(is_up(longer(frame_of(Returned{7, 1}))));
}

TEST_CASE("output that is cut off within its head is refused") {
  const Frame whole = frame_of(chunk_of("text"));
  each_truncation(whole, [&](Connection::Bytes bytes) { CHECK(is_up(bytes) == (bytes.size() >= whole.size() - 4)); });
}

TEST_CASE("a frame of one direction is refused in the other") {
  CHECK_FALSE(is_up(frame_of(some_task())));
  CHECK_FALSE(is_up(frame_of(Order::recall)));
  CHECK_FALSE(is_down(frame_of(some_result())));
  CHECK_FALSE(is_down(frame_of(Returned{1, 1})));
  CHECK_FALSE(is_down(frame_of(chunk_of("text"))));
}

TEST_CASE("a task without words is refused") {
  CHECK_FALSE(is_down(frame_of(task_of({}))));
}

TEST_CASE("values that are none are refused") {
  Frame order = frame_of(Order::cancel);
  order.back() = std::byte{4};
  CHECK_FALSE(is_down(order));
  Frame chunk = frame_of(chunk_of(""));
  chunk.back() = std::byte{2};
  CHECK_FALSE(is_up(chunk));
  Frame kind = frame_of(Returned{1, 1});
  kind.front() = std::byte{99};
  CHECK_FALSE(is_up(kind));
  CHECK_FALSE(is_down(kind));
}

TEST_CASE("a count of words that the frame cannot hold asks for no memory") {
  Frame frame = frame_of(task_of({"x"}));
  const size_t count_at = 1 + sizeof(TaskNumber) + sizeof(uint32_t);
  std::fill_n(frame.begin() + static_cast<ptrdiff_t>(count_at), 4, std::byte{0xff});
  CHECK_FALSE(is_down(frame));
}

TEST_CASE("damaged frames are frames or refused, and nothing else") {
  std::mt19937 random{1};  // NOLINT(cert-msc51-cpp): the same damage every time
  const std::vector<Frame> whole{frame_of(some_task()), frame_of(some_result()), frame_of(chunk_of("text")),
                                 frame_of(Order::cancel)};
  size_t refused = 0;
  constexpr int kRounds = 20'000;
  for (int round = 0; round < kRounds; ++round) {
    Frame frame = whole[random() % whole.size()];
    for (int change = 0; change < 3; ++change) frame[random() % frame.size()] = static_cast<std::byte>(random());
    refused += !is_down(frame) && !is_up(frame);
  }
  CHECK(refused > 0);
  CHECK(refused < kRounds);
}

TEST_CASE("a batch comes out as it went in") {
  Batch batch;
  batch.common.number = 70;
  batch.common.command.argv = {"sed", "-u"};
  batch.common.executor = ExecutorKind::lines;
  batch.place = 7;
  batch.count = 2;
  batch.words_each = 1;
  batch.recycle_after = 5;
  WireWriter words;
  words.put(std::string_view{"a"}).put(std::string_view{""});
  batch.requests.assign(words.bytes().begin(), words.bytes().end());
  const DownFrame down = decode_down(frame_of(batch));
  REQUIRE(std::holds_alternative<Batch>(down));
  const auto& back = std::get<Batch>(down);
  CHECK(back.common.number == 70);
  CHECK(back.common.command.argv == batch.common.command.argv);
  CHECK(back.common.executor == ExecutorKind::lines);
  CHECK(back.place == 7);
  CHECK(back.count == 2);
  CHECK(back.words_each == 1);
  CHECK(back.recycle_after == 5);
  CHECK(back.requests == batch.requests);
}

TEST_CASE("neither a batch for an executor of single tasks nor a task for one of batches is a frame") {
  Batch batch;
  batch.common.command.argv = {"sed"};
  batch.count = 1;
  CHECK_FALSE(is_down(frame_of(batch)));
  batch.common.executor = ExecutorKind::json;
  CHECK(is_down(frame_of(batch)));
  CHECK_FALSE(is_down(frame_of(batch.common)));
  batch.count = 0;
  CHECK_FALSE(is_down(frame_of(batch)));
}

TEST_CASE("answers come out as they went in, and not with more or less output than they say") {
  const std::vector<Answer> each{{2, 30}, {0, 40}};
  const std::string out = "ab";
  const auto answers = [&](std::string_view text) {
    return frame_of(Answers{9, 2, std::as_bytes(std::span{each}), std::as_bytes(std::span{text})});
  };
  const auto frame = answers(out);
  const UpFrame up = decode_up(frame);
  REQUIRE(std::holds_alternative<Answers>(up));
  const auto& back = std::get<Answers>(up);
  CHECK(back.first == 9);
  CHECK(back.count == 2);
  CHECK(back.answer(0).bytes == 2);
  CHECK(back.answer(1).nanoseconds == 40);
  CHECK(back.out.size() == 2);
  CHECK_FALSE(is_up(answers("a")));
  CHECK_FALSE(is_up(answers("abc")));
}
