// Records for tests of the run store.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "store/finished.hpp"
#include "store/run_writer.hpp"
#include "store/store.hpp"

namespace mpr::test {

inline std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

inline store::RunInfo sample_run(const std::string& plan = "/home/ann/plan.json") {
  store::RunInfo info;
  info.kind = store::RunKind::run;
  info.plan = plan;
  info.title = "a \xff title";
  info.directory = "/home/ann";
  info.workers = 4;
  return info;
}

inline store::Identity sample_identity(uint64_t number) {
  return store::identity_of(
      {.argv = {"square", std::to_string(number)}, .environment = {}, .directory = "/home/ann", .input = std::nullopt});
}

/// A task that succeeded, different in each column for each number.
inline store::AttemptRecord sample_attempt(uint64_t number) {
  store::AttemptRecord record;
  record.slot = 1 + static_cast<uint32_t>(number % 4);
  record.identity = sample_identity(number);
  record.inputs = {std::to_string(number), ""};
  record.argv = {"square", std::to_string(number)};
  record.success = true;
  record.started = 1'700'000'000'000'000'000 + static_cast<int64_t>(number);
  record.result.number = number;
  record.result.elapsed = os::Duration(1000 + static_cast<int64_t>(number));
  record.result.usage = {std::chrono::microseconds(number), std::chrono::microseconds(2 * number),
                         3000 + static_cast<int64_t>(number)};
  return record;
}

/// The same, with an output, handed to the writer.
inline void write_attempt(store::RunWriter& writer, store::AttemptRecord record, std::string_view out = "",
                          std::string_view err = "") {
  writer.output(record.task(), record.result.attempt, worker::Stream::out, bytes_of(out));
  writer.output(record.task(), record.result.attempt, worker::Stream::err, bytes_of(err));
  writer.attempt_ended(std::move(record));
}

inline std::string output_text(store::Store& store, const store::AttemptRecord& record,
                               worker::Stream stream = worker::Stream::out) {
  std::string text;
  const bool whole = store.read_output(record, stream, [&](std::span<const std::byte> piece) {
    text.append(reinterpret_cast<const char*>(piece.data()), piece.size());
  });
  return whole ? text : text + "(not whole)";
}

inline std::vector<store::AttemptRecord> all_attempts(store::Store& store, store::RunKey run) {
  std::vector<store::AttemptRecord> attempts;
  store.each_attempt(run, [&](store::AttemptRecord& attempt) { attempts.push_back(std::move(attempt)); });
  return attempts;
}

/// Whether two records tell the same, but for the key.
inline bool same(const store::AttemptRecord& a, const store::AttemptRecord& b) {
  const auto& [ra, rb] = std::tie(a.result, b.result);
  return a.job == b.job && a.slot == b.slot && a.identity == b.identity && a.inputs == b.inputs && a.argv == b.argv &&
         a.running == b.running && a.final == b.final && a.success == b.success && a.started == b.started &&
         a.out == b.out && a.err == b.err && ra.number == rb.number && ra.attempt == rb.attempt &&
         ra.ending == rb.ending && ra.status == rb.status && ra.failure.error == rb.failure.error &&
         ra.failure.step == rb.failure.step && ra.fault == rb.fault && ra.leaked == rb.leaked &&
         ra.out_of_memory == rb.out_of_memory && ra.elapsed == rb.elapsed && ra.usage.user == rb.usage.user &&
         ra.usage.system == rb.usage.system && ra.usage.max_rss_kib == rb.usage.max_rss_kib;
}

}  // namespace mpr::test
