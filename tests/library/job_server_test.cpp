// What a job program does that serves a worker: the test is the worker, by the protocol of mpr/job_protocol.hpp.
#include <sys/wait.h>

#include <csignal>
#include <cstring>

#include "mpr/job_protocol.hpp"
#include "os/futex.hpp"
#include "os/io.hpp"
#include "os/pipe.hpp"
#include "os/poll_set.hpp"
#include "os/shared_mapping.hpp"
#include "os/spawn.hpp"
#include "support/process_support.hpp"
#include "support/running.hpp"

using namespace mpr;
using namespace mpr::test;
using job::AnswerHead;

namespace {

std::string program(const std::string& name) {
  return std::string(MPR_TEST_PROGRAMS) + "/jobs/" + name;
}

struct Answer {
  AnswerHead head;
  std::string out;
  std::string err;
};

constexpr size_t kRingBytes = 128 * 1024;

class Served {
 public:
  explicit Served(const std::string& name)
      : file_(os::make_memory_file(job::kRingOffset + kRingBytes)), memory_(file_, job::kRingOffset + kRingBytes) {
    for (const os::Pipe* each : {&out_, &err_}) os::set_nonblocking(each->reader);
    os::set_nonblocking(notices_.writer);
    const std::array<os::FdRef, 5> passed{requests_.reader, notices_.writer, file_, out_.reader, err_.reader};
    std::string variable = "MPR_SERVE=";
    for (const os::FdRef each : passed) variable += std::to_string(each.get()) + ",";
    variable.pop_back();
    const std::string path = program(name);
    std::array<char*, 2> argv{const_cast<char*>(path.c_str()), nullptr};
    std::array<char*, 2> environment{variable.data(), nullptr};
    os::SpawnRequest request;
    request.path = path.c_str();
    request.argv = argv.data();
    request.envp = environment.data();
    request.in = requests_.reader;
    request.out = out_.writer;
    request.err = err_.writer;
    request.passed = passed;
    const os::SpawnStack stack;
    process_ = std::get<os::ProcessHandle>(os::spawn(request, stack));
    requests_.reader.reset();
    for (os::Pipe* each : {&notices_, &out_, &err_}) each->writer.reset();
  }
  Served(const Served&) = delete;
  Served& operator=(const Served&) = delete;
  ~Served() {
    if (!process_) return;
    process_.signal(SIGKILL);
    (void)process_.wait();
  }

  [[nodiscard]] job::Board& board() const { return *reinterpret_cast<job::Board*>(memory_.data()); }
  [[nodiscard]] const os::ProcessHandle& process() const { return process_; }

  void ask(const std::vector<std::string>& words, uint64_t place = 1) {
    job::RequestHead head;
    head.place = place;
    head.count = static_cast<uint32_t>(words.size());
    head.words = 1;
    head.attempt = 3;
    write(&head, sizeof head);
    for (const std::string& word : words) {
      const auto length = static_cast<uint32_t>(word.size());
      write(&length, sizeof length);
      write(word.data(), word.size());
    }
  }
  void write(const void* bytes, size_t size) {
    REQUIRE(os::write_all(requests_.writer, {static_cast<const std::byte*>(bytes), size}));
  }

  /// The next answer, parts put together.
  Answer next() {
    Answer whole;
    do {
      const Answer piece = take();
      whole.head = piece.head;
      whole.out += piece.out;
      whole.err += piece.err;
    } while ((whole.head.flags & AnswerHead::part) != 0);
    return whole;
  }
  [[nodiscard]] bool nothing_to_take() const { return board().produced.load() == taken_; }

  [[nodiscard]] bool noticed() const { return os::wait_until_readable(notices_.reader, os::Clock::now() + kSoon); }

  os::ProcessEnd end() {
    requests_.writer.reset();
    return process_.wait();
  }

 private:
  Answer take() {
    REQUIRE(wait_until([&] { return !nothing_to_take(); }));
    Answer answer;
    copy(taken_, &answer.head, sizeof answer.head);
    answer.out.resize(answer.head.out);
    answer.err.resize(answer.head.err);
    copy(taken_ + sizeof answer.head, answer.out.data(), answer.out.size());
    copy(taken_ + sizeof answer.head + answer.out.size(), answer.err.data(), answer.err.size());
    taken_ += job::record_bytes(answer.head);
    board().consumed.store(taken_);
    board().no_room.store(0);
    os::futex_wake(board().no_room, 1);
    return answer;
  }

  void copy(uint64_t from, void* to, size_t bytes) const {
    for (size_t each = 0; each < bytes; ++each) {
      static_cast<std::byte*>(to)[each] = memory_.data()[job::kRingOffset + (from + each) % kRingBytes];
    }
  }

  os::UniqueFd file_;
  os::SharedMapping memory_;
  os::Pipe requests_ = os::make_pipe();
  os::Pipe notices_ = os::make_pipe();
  os::Pipe out_ = os::make_pipe();
  os::Pipe err_ = os::make_pipe();
  os::ProcessHandle process_;
  uint64_t taken_ = 0;
};

std::vector<std::string> repeated(const std::string& word, size_t times) {
  return std::vector<std::string>(times, word);
}

}  // namespace

TEST_CASE("a job program that serves answers each request in order, and exits when there are no more") {
  const NothingLeft nothing_left;
  Served job("add");
  job::RequestHead head;
  head.count = 2;
  head.words = 2;
  job.write(&head, sizeof head);
  for (const char* word : {"1", "2", "3", "x"}) {
    const uint32_t length = 1;
    job.write(&length, sizeof length);
    job.write(word, 1);
  }
  const Answer first = job.next();
  CHECK(first.out == "3\n");
  CHECK(first.head.status == 0);
  CHECK(first.head.time > 0);
  const Answer second = job.next();
  CHECK(second.err == "add: 'x' is not a number\n");
  CHECK(second.head.status == 2);
  CHECK(job.noticed());
  CHECK(job.end().status == os::ExitStatus::exited(0));
}

TEST_CASE("each request has its number and attempt in the environment, and no trace of who asks") {
  const NothingLeft nothing_left;
  Served job("deed");
  job.ask({"task", "task"}, 99);
  CHECK(job.next().out == "99 3\n");
  CHECK(job.next().out == "100 3\n");
  job.ask({"environment"}, 7);
  CHECK(job.next().out == "MPR_ATTEMPT=3\nMPR_TASK=7\nenvironment\n");
}

TEST_CASE("requests come in pieces of any size") {
  const NothingLeft nothing_left;
  Served job("deed");
  const std::string word(300'000, 'x');
  job.ask({word});
  CHECK(job.next().err == "deed: '" + word + "' is no deed\n");
  job::RequestHead head;
  head.count = 1;
  head.words = 1;
  const uint32_t length = 5;
  std::string bytes(sizeof head + sizeof length, '\0');
  std::memcpy(bytes.data(), &head, sizeof head);
  std::memcpy(bytes.data() + sizeof head, &length, sizeof length);
  for (const char byte : bytes + "print") job.write(&byte, 1);
  CHECK(job.next().out == "print!\nprint\n");
}

TEST_CASE("a job program waits while there is no room for answers, and loses none") {
  const NothingLeft nothing_left;
  Served job("deed");
  constexpr int kTasks = 5000;
  job.ask(repeated("count", kTasks));
  CHECK(job.noticed());
  REQUIRE(wait_until([&] { return job.board().no_room.load() == 1; }));
  for (int task = 1; task <= kTasks; ++task) {
    const std::string out = job.next().out;
    if (out != std::to_string(task) + "\n") FAIL("task " << task << " printed " << out);
  }
  job.ask({"big"});
  CHECK(job.next().out.size() > 1'000'000);
}

TEST_CASE("what was answered stays when the program is killed, and so does which task it was at") {
  const NothingLeft nothing_left;
  Served job("deed");
  job.ask({"print", "print", "sleep:60000", "print"});
  REQUIRE(wait_until([&] { return job.board().phase.load() == 5; }));
  job.process().signal(SIGKILL);
  CHECK(job.end().status == os::ExitStatus::signaled(SIGKILL));
  CHECK(job.next().out == "print!\nprint\n");
  CHECK(job.next().out == "print!\nprint\n");
  CHECK(job.nothing_to_take());
  CHECK(job::begun(job.board().phase.load()) == 3);
}

TEST_CASE("a job program begins no task under a halt, and gives tasks back that are recalled") {
  const NothingLeft nothing_left;
  Served job("deed");
  job.ask({"print"});
  (void)job.next();
  job.board().hold.store(job::kHalt);
  job.ask({"print", "print"});
  REQUIRE(wait_until([&] { return job.board().phase.load() == 2; }));
  CHECK(job.nothing_to_take());
  job.board().hold.store(job::kRecall);
  os::futex_wake(job.board().hold, os::kWakeAll);
  CHECK(job.next().head.flags == AnswerHead::returned);
  CHECK(job.next().head.flags == AnswerHead::returned);
  job.board().hold.store(0);
  job.ask({"print"});
  CHECK(job.next().out == "print!\nprint\n");
}

TEST_CASE("requests that are cut off, or no descriptors, end the program with a word about it") {
  const NothingLeft nothing_left;
  Served job("deed");
  job.write("cut", 3);
  CHECK(job.end().status == os::ExitStatus::exited(1));
  for (const std::string descriptors : {"", "1,2,3,4,5", "x", "77,78,79,80,81", "3,4"}) {
    const Result result = run({program("deed"), "print"}, {.env = {{"MPR_SERVE", descriptors}}});
    CHECK(result.exit_status == 1);
    CHECK_THAT(result.err, Catch::StartsWith("deed: cannot serve mpr: "));
  }
}
