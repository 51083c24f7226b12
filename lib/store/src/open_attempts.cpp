#include "open_attempts.hpp"

#include <utility>

#include "attempt_row.hpp"

namespace mpr::store {

using worker::Stream;

AttemptKey OpenAttempts::key_of(OpenAttempt& open) {
  if (open.key.value == 0) open.key = {attempt_key(run_, ++last_sequence_)};
  return open.key;
}

void OpenAttempts::started(AttemptRecord record) {
  OpenAttempt& open = open_[{record.task(), record.result.attempt}];
  record.running = true;
  record.final = false;
  open.record = std::move(record);
  open.started = true;
}

void OpenAttempts::output(TaskRef task, uint32_t attempt, Stream stream, std::span<const std::byte> bytes) {
  OpenAttempt& open = open_[{task, attempt}];
  (stream == Stream::out ? open.out : open.err).add(bytes, place(key_of(open), stream));
}

void OpenAttempts::end(AttemptRecord& record) {
  const auto found = open_.find({record.task(), record.result.attempt});
  if (found == open_.end()) {
    record.key = {attempt_key(run_, ++last_sequence_)};
    return;
  }
  OpenAttempt& open = found->second;
  // Both, before anything is taken: if one fails, all is as it was.
  open.out.finish(place(key_of(open), Stream::out));
  open.err.finish(place(key_of(open), Stream::err));
  record.key = open.key;
  record.out = open.out.take();
  record.err = open.err.take();
  open_.erase(found);
}

std::optional<AttemptKey> OpenAttempts::discard(TaskRef task, uint32_t attempt) {
  const auto found = open_.find({task, attempt});
  if (found == open_.end()) return std::nullopt;
  OpenAttempt& open = found->second;
  open.out.discard(place(open.key, Stream::out));
  open.err.discard(place(open.key, Stream::err));
  const auto row = open.has_row ? std::optional(open.key) : std::nullopt;
  open_.erase(found);
  return row;
}

}  // namespace mpr::store
