#include "attempt_row.hpp"

#include <xxhash.h>

#include <cerrno>

namespace mpr::store {
namespace {

using worker::Ending;

/// Columns as a Statement numbers them.
constexpr int kChecksumColumn = AttemptRow::kNumbers;
constexpr int kFirstBlobColumn = kChecksumColumn + 1;

/// Each word ends in NUL, which no word of a command line holds; an input with one is none that a task could be given.
void join(const std::vector<std::string>& words, std::string& joined) {
  joined.clear();
  for (const std::string& word : words) joined.append(word) += '\0';
}

std::vector<std::string> split(std::string_view joined) {
  std::vector<std::string> words;
  for (size_t end = 0; (end = joined.find('\0')) != std::string_view::npos; joined.remove_prefix(end + 1)) {
    words.emplace_back(joined.substr(0, end));
  }
  return words;
}

/// A view with a pointer, also when it is empty.
std::string_view not_null(std::string_view bytes) {
  return bytes.data() ? bytes : std::string_view("");
}

void put_identity(AttemptRow& row, const AttemptRecord& record) {
  auto& numbers = row.numbers;
  numbers[AttemptRow::kKey] = record.key.value;
  numbers[AttemptRow::kIdentityHigh] = static_cast<int64_t>(record.identity.high);
  numbers[AttemptRow::kIdentityLow] = static_cast<int64_t>(record.identity.low);
  numbers[AttemptRow::kJob] = record.job;
  numbers[AttemptRow::kNumber] = static_cast<int64_t>(record.result.number);
  numbers[AttemptRow::kAttempt] = record.result.attempt;
  numbers[AttemptRow::kSlot] = record.slot;
  numbers[AttemptRow::kStarted] = record.started;
  numbers[AttemptRow::kFinal] = record.final;
  numbers[AttemptRow::kSuccess] = record.success;
}

void put_result(AttemptRow& row, const AttemptRecord& record) {
  const worker::Result& result = record.result;
  const bool unstarted = result.ending == Ending::could_not_start;
  const bool unanswered = result.ending == Ending::no_answer;
  const bool has_status = !record.running && !unstarted && !unanswered && result.ending != Ending::worker_lost;
  const bool by_signal = has_status && result.status.signal() != 0;
  auto& numbers = row.numbers;
  numbers[AttemptRow::kEnding] = record.running ? AttemptRow::kNull : static_cast<int64_t>(result.ending);
  numbers[AttemptRow::kExitStatus] = has_status && !by_signal ? result.status.code() : AttemptRow::kNull;
  numbers[AttemptRow::kSignal] = by_signal ? result.status.signal() : AttemptRow::kNull;
  numbers[AttemptRow::kCoreDumped] = by_signal && result.status.core_dumped();
  numbers[AttemptRow::kSpawnError] = unstarted ? result.failure.error : AttemptRow::kNull;
  numbers[AttemptRow::kSpawnStep] = unstarted ? static_cast<int64_t>(result.failure.step) : AttemptRow::kNull;
  // A program that was started, and killed for want of memory, has no such error.
  if (result.out_of_memory) numbers[AttemptRow::kSpawnError] = ENOMEM;
  // A program that was started and gave no answer has no such step.
  if (unanswered) numbers[AttemptRow::kSpawnStep] = static_cast<int64_t>(result.fault);
  numbers[AttemptRow::kLeaked] = result.leaked;
  numbers[AttemptRow::kElapsed] = result.elapsed.count();
  numbers[AttemptRow::kUser] = result.usage.user.count();
  numbers[AttemptRow::kSystem] = result.usage.system.count();
  numbers[AttemptRow::kMaxRss] = result.usage.max_rss_kib;
}

void put_output(AttemptRow& row, const Output& output, AttemptRow::Number bytes, AttemptRow::Number hash,
                AttemptRow::Blob text) {
  row.numbers[bytes] = static_cast<int64_t>(output.bytes);
  row.numbers[hash] = output.in_file ? static_cast<int64_t>(output.hash) : AttemptRow::kNull;
  row.blobs[text] = output.in_file ? std::string_view() : not_null(output.text);
}

Output output_of(const AttemptRow& row, AttemptRow::Number bytes, AttemptRow::Number hash, AttemptRow::Blob text) {
  Output output;
  output.bytes = static_cast<uint64_t>(row.numbers[bytes]);
  output.in_file = row.blobs[text].data() == nullptr;
  if (output.in_file) output.hash = static_cast<uint64_t>(row.numbers[hash]);
  output.text = row.blobs[text];
  return output;
}

os::ExitStatus status_of(const AttemptRow& row) {
  const int64_t signal = row.numbers[AttemptRow::kSignal];
  if (signal != AttemptRow::kNull)
    return os::ExitStatus::signaled(static_cast<int>(signal), row.numbers[AttemptRow::kCoreDumped] != 0);
  const int64_t code = row.numbers[AttemptRow::kExitStatus];
  return os::ExitStatus::exited(code == AttemptRow::kNull ? 0 : static_cast<int>(code));
}

worker::Result result_of(const AttemptRow& row) {
  const auto& numbers = row.numbers;
  worker::Result result;
  result.number = static_cast<uint64_t>(numbers[AttemptRow::kNumber]);
  result.attempt = static_cast<uint32_t>(numbers[AttemptRow::kAttempt]);
  if (numbers[AttemptRow::kEnding] != AttemptRow::kNull)
    result.ending = static_cast<Ending>(numbers[AttemptRow::kEnding]);
  result.status = status_of(row);
  if (result.ending == Ending::could_not_start)
    result.failure = {static_cast<int>(numbers[AttemptRow::kSpawnError]),
                      static_cast<os::SpawnStep>(numbers[AttemptRow::kSpawnStep])};
  else
    result.out_of_memory = numbers[AttemptRow::kSpawnError] == ENOMEM;
  if (result.ending == Ending::no_answer) result.fault = static_cast<worker::Fault>(numbers[AttemptRow::kSpawnStep]);
  result.leaked = numbers[AttemptRow::kLeaked] != 0;
  result.elapsed = os::Duration(numbers[AttemptRow::kElapsed]);
  result.usage.user = std::chrono::microseconds(numbers[AttemptRow::kUser]);
  result.usage.system = std::chrono::microseconds(numbers[AttemptRow::kSystem]);
  result.usage.max_rss_kib = numbers[AttemptRow::kMaxRss];
  return result;
}

AttemptRow read_row(const Statement& select) {
  AttemptRow row;
  for (int i = 0; i < AttemptRow::kNumbers; ++i) {
    row.numbers[static_cast<size_t>(i)] = select.is_null(i) ? AttemptRow::kNull : select.number(i);
  }
  for (int i = 0; i < AttemptRow::kBlobs; ++i) {
    const int column = kFirstBlobColumn + i;
    if (!select.is_null(column)) row.blobs[static_cast<size_t>(i)] = not_null(select.bytes(column));
  }
  return row;
}

}  // namespace

int64_t AttemptRow::checksum() const {
  XXH64_hash_t hash = XXH3_64bits(numbers.data(), sizeof numbers);
  for (const std::string_view blob : blobs) {
    // What hashes like nothing at all, and cannot be the length of a blob.
    const int64_t length = blob.data() ? static_cast<int64_t>(blob.size()) : -1;
    hash = XXH3_64bits_withSeed(&length, sizeof length, hash);
    hash = XXH3_64bits_withSeed(blob.data(), blob.size(), hash);
  }
  return static_cast<int64_t>(hash);
}

AttemptRow row_of(const AttemptRecord& record, Buffers& buffers) {
  AttemptRow row;
  put_identity(row, record);
  put_result(row, record);
  put_output(row, record.out, AttemptRow::kOutBytes, AttemptRow::kOutHash, AttemptRow::kOut);
  put_output(row, record.err, AttemptRow::kErrBytes, AttemptRow::kErrHash, AttemptRow::kErr);
  join(record.inputs, buffers.inputs);
  join(record.argv, buffers.argv);
  row.blobs[AttemptRow::kInputs] = buffers.inputs;
  row.blobs[AttemptRow::kArgv] = buffers.argv;
  return row;
}

void bind_attempt(Statement& insert, const AttemptRow& row) {
  int parameter = 1;
  for (const int64_t number : row.numbers) {
    if (number == AttemptRow::kNull)
      insert.bind_null(parameter++);
    else
      insert.bind(parameter++, number);
  }
  insert.bind(parameter++, row.checksum());
  for (const std::string_view blob : row.blobs) {
    if (blob.data())
      insert.bind_blob(parameter++, blob);
    else
      insert.bind_null(parameter++);
  }
}

std::optional<AttemptRecord> attempt_of(const Statement& select) {
  const AttemptRow row = read_row(select);
  if (row.checksum() != select.number(kChecksumColumn)) return std::nullopt;
  AttemptRecord record;
  record.key = {row.numbers[AttemptRow::kKey]};
  record.job = static_cast<uint32_t>(row.numbers[AttemptRow::kJob]);
  record.slot = static_cast<uint32_t>(row.numbers[AttemptRow::kSlot]);
  record.identity = {static_cast<uint64_t>(row.numbers[AttemptRow::kIdentityHigh]),
                     static_cast<uint64_t>(row.numbers[AttemptRow::kIdentityLow])};
  record.inputs = split(row.blobs[AttemptRow::kInputs]);
  record.argv = split(row.blobs[AttemptRow::kArgv]);
  record.running = row.numbers[AttemptRow::kEnding] == AttemptRow::kNull;
  record.final = row.numbers[AttemptRow::kFinal] != 0;
  record.success = row.numbers[AttemptRow::kSuccess] != 0;
  record.started = row.numbers[AttemptRow::kStarted];
  record.result = result_of(row);
  record.out = output_of(row, AttemptRow::kOutBytes, AttemptRow::kOutHash, AttemptRow::kOut);
  record.err = output_of(row, AttemptRow::kErrBytes, AttemptRow::kErrHash, AttemptRow::kErr);
  return record;
}

}  // namespace mpr::store
