#include "runner/gather.hpp"

#include <catch2/catch.hpp>

#include "fake_sink.hpp"
#include "os/temporary_file.hpp"

using namespace mpr;
using namespace mpr::runner;
using mpr::test::FakeSink;
using worker::Stream;

namespace {

struct Gathering {
  Gather gather;
  FakeSink sink;

  explicit Gathering(Ordering ordering, bool stream = true)
      : gather(ordering, stream, std::make_shared<Spill>(os::temporary_directory())) {}

  void out(worker::TaskNumber number, std::string_view text, Stream stream = Stream::out) {
    gather.output(number, Inputs{"input " + std::to_string(number)}, stream, std::as_bytes(std::span{text}));
  }
  void finish(worker::TaskNumber number) { gather.finished(test::finished_task(number)); }
  /// What the sink has been given so far, as FakeSink tells it.
  std::string seen() {
    gather.pump(sink);
    return sink.story;
  }
};

}  // namespace

TEST_CASE("in order, a task that ends early waits for those before it") {
  Gathering tasks{Ordering::in_order};
  tasks.out(2, "two");
  tasks.finish(2);
  CHECK(tasks.seen().empty());
  CHECK(tasks.gather.drained());
  tasks.out(1, "one");
  tasks.finish(1);
  CHECK_FALSE(tasks.gather.drained());
  CHECK(tasks.seen() == "1:one 1. 2:two 2. ");
  CHECK(tasks.gather.drained());
  CHECK(tasks.gather.held_bytes() == 0);
}

TEST_CASE("in order, the first unfinished task's output is passed on as it comes") {
  Gathering tasks{Ordering::in_order, true};
  tasks.out(1, "a");
  CHECK(tasks.seen() == "1:a ");
  tasks.out(2, "x");
  tasks.out(1, "b");
  CHECK(tasks.seen() == "1:a 1:b ");
  tasks.finish(1);
  CHECK(tasks.seen() == "1:a 1:b 1. 2:x ");
}

TEST_CASE("in order, a task that may be tried again is not passed on before it has finished") {
  Gathering tasks{Ordering::in_order, false};
  tasks.out(1, "first try");
  CHECK(tasks.seen().empty());
  CHECK(tasks.gather.drained());
  tasks.gather.discard(1);
  CHECK(tasks.gather.held_bytes() == 0);
  tasks.out(1, "second try");
  tasks.finish(1);
  CHECK(tasks.seen() == "1:second try 1. ");
}

TEST_CASE("a task without output is seen to finish in its place") {
  Gathering tasks{Ordering::in_order};
  tasks.finish(3);
  tasks.finish(1);
  tasks.finish(2);
  CHECK(tasks.seen() == "1. 2. 3. ");
}

TEST_CASE("both streams of a task keep the order in which they came") {
  Gathering tasks{Ordering::in_order, false};
  tasks.out(1, "a", Stream::out);
  tasks.out(1, "b", Stream::err);
  tasks.out(1, "c", Stream::out);
  tasks.finish(1);
  CHECK(tasks.seen() == "1:a 1!b 1:c 1. ");
}

TEST_CASE("tasks that never finish leave no gap once that is known") {
  Gathering tasks{Ordering::in_order};
  tasks.finish(2);
  tasks.out(5, "five");
  tasks.finish(5);
  CHECK(tasks.seen().empty());
  tasks.gather.close_gaps();
  CHECK_FALSE(tasks.gather.drained());
  CHECK(tasks.seen() == "2. 5:five 5. ");
  CHECK(tasks.gather.drained());
}

TEST_CASE("a result arrives with all that was known of it") {
  Gathering tasks{Ordering::in_order};
  FinishedTask task = test::finished_task(1);
  task.inputs = {"a", "", std::string("nul\0", 4)};
  task.slot = 7;
  task.result.status = os::ExitStatus::exited(3);
  task.result.attempt = 2;
  tasks.gather.finished(task);
  (void)tasks.seen();
  REQUIRE(tasks.sink.last);
  CHECK(tasks.sink.last->inputs == task.inputs);
  CHECK(tasks.sink.last->slot == 7);
  CHECK(tasks.sink.last->result.status == os::ExitStatus::exited(3));
  CHECK(tasks.sink.last->result.attempt == 2);
}

TEST_CASE("as completed, each task is whole, in the order in which they end") {
  Gathering tasks{Ordering::as_completed};
  tasks.out(1, "a");
  tasks.out(2, "x");
  tasks.out(1, "b");
  CHECK(tasks.seen().empty());
  CHECK(tasks.gather.drained());
  tasks.finish(2);
  CHECK(tasks.seen() == "2:x 2. ");
  tasks.finish(1);
  CHECK(tasks.seen() == "2:x 2. 1:a 1:b 1. ");
}

TEST_CASE("by line, whole lines are passed on as they come and the rest with the end of the task") {
  Gathering tasks{Ordering::by_line};
  tasks.out(1, "one\ntw");
  tasks.out(2, "other\n");
  CHECK(tasks.seen() == "1:one\n 2:other\n ");
  tasks.out(1, "o\nthree\nfo");
  CHECK(tasks.seen() == "1:one\n 2:other\n 1:tw 1:o\nthree\n ");
  tasks.finish(2);
  tasks.finish(1);
  CHECK(tasks.seen() == "1:one\n 2:other\n 1:tw 1:o\nthree\n 2. 1:fo 1. ");
  CHECK(tasks.gather.held_bytes() == 0);
}

TEST_CASE("by line, an unfinished line of one stream does not hold up the other") {
  Gathering tasks{Ordering::by_line};
  tasks.out(1, "half", Stream::out);
  tasks.out(1, "whole\n", Stream::err);
  CHECK(tasks.seen() == "1!whole\n ");
}

TEST_CASE("by line, a discarded attempt takes its unfinished line with it") {
  Gathering tasks{Ordering::by_line};
  tasks.out(1, "half");
  tasks.gather.discard(1);
  tasks.out(1, "line\n");
  tasks.finish(1);
  CHECK(tasks.seen() == "1:line\n 1. ");
}

TEST_CASE("a sink without room is given nothing, and all when it has") {
  Gathering tasks{Ordering::in_order, false};
  tasks.out(1, std::string(500'000, 'x'));
  tasks.finish(1);
  tasks.sink.room = 1;
  tasks.gather.pump(tasks.sink);
  const size_t first = tasks.sink.bytes_of(1).size();
  CHECK(first > 0);
  CHECK(first < 500'000);
  CHECK_FALSE(tasks.gather.drained());
  tasks.gather.pump(tasks.sink);
  CHECK(tasks.sink.bytes_of(1).size() == first);
  tasks.sink.room = SIZE_MAX;
  tasks.gather.pump(tasks.sink);
  CHECK((tasks.sink.bytes_of(1) == std::string(500'000, 'x')));
  CHECK(tasks.gather.drained());
}

TEST_CASE("what has been passed on is no longer held") {
  Gathering tasks{Ordering::in_order};
  tasks.out(1, std::string(300'000, 'x'));
  CHECK(tasks.gather.held_bytes() == 300'000);
  (void)tasks.seen();
  CHECK(tasks.gather.held_bytes() == 0);
}

TEST_CASE("in order, answers of several tasks stand in their place among the others") {
  Gathering tasks{Ordering::in_order};
  const auto answer = [&](worker::TaskNumber first, uint32_t count, std::string_view text) {
    tasks.gather.answered(first, count, std::as_bytes(std::span{text}));
  };
  answer(5, 3, "567");
  tasks.out(1, "one");
  tasks.out(4, "four");
  tasks.finish(4);
  CHECK(tasks.seen() == "1:one ");
  answer(2, 2, "");
  tasks.finish(1);
  CHECK(tasks.seen() == "1:one 1. 4:four 4. 5=567 ");
  answer(8, 1, "8");
  CHECK(tasks.seen() == "1:one 1. 4:four 4. 5=567 8=8 ");
  CHECK(tasks.gather.drained());
  CHECK(tasks.gather.held_bytes() == 0);
}

TEST_CASE("as completed, answers are passed on when they come") {
  Gathering tasks{Ordering::as_completed};
  tasks.out(1, "half of");
  tasks.gather.answered(2, 2, std::as_bytes(std::span{std::string_view{"23"}}));
  CHECK(tasks.seen() == "2=23 ");
}

TEST_CASE("what another job reads has the answers in their order") {
  Gathering tasks{Ordering::in_order, false};
  tasks.gather.answered(2, 2, std::as_bytes(std::span{std::string_view{"23"}}));
  tasks.out(1, "1");
  tasks.out(1, "error", Stream::err);
  tasks.finish(1);
  std::string text;
  tasks.gather.read_finished([&](std::span<const std::byte> bytes) {
    text.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  });
  CHECK(text == "123");
}
