// What the tests of workers that talk to a process have in common.
#pragma once

#include "worker_fixture.hpp"

namespace mpr::test {

inline const std::string kHelper = MPR_TEST_PROGRAMS "/helper";

/// Of one word each.
inline worker::Batch batch_of(worker::ExecutorKind kind, std::vector<std::string> argv,
                              const std::vector<std::string>& requests, worker::TaskNumber first = 1) {
  worker::Batch batch;
  batch.common.number = first;
  batch.common.command.argv = std::move(argv);
  batch.common.timeout = kSoon;  // a test fails sooner than it hangs
  batch.common.executor = kind;
  batch.place = first;
  batch.count = static_cast<uint32_t>(requests.size());
  worker::WireWriter words;
  for (const std::string& request : requests) words.put(request);
  batch.requests.assign(words.bytes().begin(), words.bytes().end());
  return batch;
}

inline worker::Batch lines_batch(const std::vector<std::string>& requests, worker::TaskNumber first = 1) {
  return batch_of(worker::ExecutorKind::lines, {kHelper, "answer-lines"}, requests, first);
}
inline worker::Batch json_batch(const std::vector<std::string>& requests, worker::TaskNumber first = 1) {
  return batch_of(worker::ExecutorKind::json, {kHelper, "answer-json"}, requests, first);
}

/// Reads until all of the batch has come back, and checks that it has in its order.
inline void run(WorkerUnderTest& worker, const worker::Batch& batch) {
  worker.came_back.clear();
  worker.post(batch);
  worker.send();
  worker.await(batch.common.number + batch.count - 1);
  std::vector<worker::TaskNumber> all;
  for (uint32_t place = 0; place < batch.count; ++place) all.push_back(batch.common.number + place);
  CHECK(worker.came_back == all);
}

/// "text" for one that succeeded, "(why)text" for one that did not, and " !stderr" if there is any.
inline std::string outcome(const WorkerUnderTest& worker, worker::TaskNumber number) {
  const auto found = worker.reports.find(number);
  if (found == worker.reports.end()) return "never heard of";
  const Report& report = found->second;
  if (report.returned) return "returned";
  if (!report.result) return "no result";
  std::string text = report.result->success() ? "" : "(" + describe(*report.result) + ")";
  text += report.out;
  if (!report.err.empty()) text += " !" + report.err;
  return text;
}

inline std::vector<std::string> outcomes(const WorkerUnderTest& worker, const worker::Batch& batch) {
  std::vector<std::string> all;
  for (uint32_t place = 0; place < batch.count; ++place) all.push_back(outcome(worker, batch.common.number + place));
  return all;
}

/// Runs it in a worker of its own.
inline std::vector<std::string> outcomes_of(const worker::Batch& batch) {
  WorkerUnderTest worker;
  run(worker, batch);
  std::vector<std::string> all = outcomes(worker, batch);
  CHECK(worker.finish() == 0);
  return all;
}

}  // namespace mpr::test
