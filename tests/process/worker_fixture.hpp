// WorkerUnderTest: a real worker, and the test in the place of its parent.
#pragma once

#include <sys/resource.h>

#include <chrono>
#include <map>
#include <string>
#include <vector>

#include "mpr/process.hpp"
#include "os/error.hpp"
#include "support/process_support.hpp"
#include "worker/frames.hpp"
#include "worker/worker.hpp"

namespace mpr::test {

/// What came of one attempt.
struct Report {
  std::string out;
  std::string err;
  std::optional<worker::Result> result;
  bool returned = false;
};

class WorkerUnderTest {
 public:
  /// Both queues are blocking on this side.
  explicit WorkerUnderTest(worker::WorkerOptions options = default_options())
      : down_(make_one_way_pipe()), up_(make_one_way_pipe()), process_(start(options)) {}

  WorkerUnderTest(const WorkerUnderTest&) = delete;
  WorkerUnderTest& operator=(const WorkerUnderTest&) = delete;
  /// Ends the worker, whatever it does.
  ~WorkerUnderTest() {
    tasks().close();
    results().close();
  }

  static worker::WorkerOptions default_options() {
    worker::WorkerOptions options;
    options.run_id = "test-run";
    options.signals = os::SignalState::current();
    ::sigemptyset(&options.signals.mask);
    ::sigemptyset(&options.signals.ignored);
    os::check(::getrlimit(RLIMIT_NOFILE, &options.open_files), "getrlimit");
    return options;
  }

  [[nodiscard]] pid_t pid() { return *process_.pid(); }
  [[nodiscard]] Connection& tasks() { return down_.writer; }
  [[nodiscard]] Connection& results() { return up_.reader; }
  mpr::Process& process() { return process_; }

  /// To be sent together by send().
  void post(worker::TaskNumber number, std::vector<std::string> argv) {
    worker::Task task = like;
    task.number = number;
    task.command.argv = std::move(argv);
    poster_.post(tasks(), task);
  }
  void post_script(worker::TaskNumber number, const std::string& script) { post(number, {"sh", "-c", script}); }
  void post(worker::Order order) { poster_.post(tasks(), order); }
  void post(const worker::Batch& batch) { poster_.post(tasks(), batch); }
  void send() { (void)tasks().flush(); }

  /// Reads one frame; false when the worker has closed.
  bool read() {
    const auto frame = results().recv_bytes();
    if (!frame) return false;
    std::visit([&](const auto& what) { take(what); }, worker::decode_up(*frame));
    return true;
  }
  /// Reads until the task has come back, as a result or returned.
  const Report& await(worker::TaskNumber number) {
    while (!reports[number].result && !reports[number].returned && read()) {
    }
    return reports[number];
  }
  /// Reads until the task has written this.
  void await_output(worker::TaskNumber number, const std::string& text) {
    while (reports[number].out.find(text) == std::string::npos && read()) {
    }
  }
  const Report& run(const std::string& script) {
    post_script(++last_, script);
    send();
    return await(last_);
  }
  /// Closes the task queue and waits.
  int finish() {
    tasks().close();
    while (read()) {
    }
    process_.join();
    return *process_.exit_code();
  }

  worker::Task like;  ///< what all tasks have in common
  std::map<worker::TaskNumber, Report> reports;
  std::vector<worker::TaskNumber> came_back;  ///< in order
  int suspended = 0;                          ///< times that it has said so

 private:
  mpr::Process start(const worker::WorkerOptions& options) {
    mpr::Process process{[options](Connection tasks, Connection results) {
                           return worker::worker_main(std::move(tasks), std::move(results), options);
                         },
                         std::move(down_.reader), std::move(up_.writer)};
    process.start();
    return process;
  }

  void take(const worker::OutputChunk& chunk) {
    Report& report = reports[chunk.number];
    CHECK_FALSE(report.result);
    (chunk.stream == worker::Stream::out ? report.out : report.err)
        .append(reinterpret_cast<const char*>(chunk.bytes.data()), chunk.bytes.size());
  }
  void take(const worker::Result& result) {
    CHECK_FALSE(reports[result.number].result);
    reports[result.number].result = result;
    came_back.push_back(result.number);
  }
  void take(const worker::Answers& answers) {
    size_t offset = 0;
    for (uint32_t place = 0; place < answers.count; ++place) {
      const worker::Answer answer = answers.answer(place);
      take(worker::OutputChunk{answers.first + place, worker::Stream::out, answers.out.subspan(offset, answer.bytes)});
      offset += answer.bytes;
      worker::Result result;
      result.number = answers.first + place;
      result.elapsed = os::Duration{answer.nanoseconds};
      take(result);
    }
  }
  void take(const worker::Suspended& /*unused*/) { ++suspended; }
  void take(const worker::Returned& back) {
    for (worker::TaskNumber number = back.number; number < back.number + back.count; ++number) {
      CHECK_FALSE(reports[number].result);
      reports[number].returned = true;
      came_back.push_back(number);
    }
  }

  OneWayPipe down_;
  OneWayPipe up_;
  mpr::Process process_;
  worker::FramePoster poster_;
  worker::TaskNumber last_ = 0;
};

}  // namespace mpr::test
