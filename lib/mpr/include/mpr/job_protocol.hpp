// How a job program (MPR_JOB) serves a worker of mpr: many tasks in one process. For both sides of it; no affair of who
// writes jobs.
//
// The worker starts the program with MPR_SERVE=REQUESTS,NOTICES,BOARD,OUT,ERR in its environment: descriptors.
//   REQUESTS  a pipe to read: a RequestHead, then for each of its tasks each of its words: u32 length, bytes. Its end:
//             exit.
//   NOTICES   a pipe to write a byte to (non-blocking) when the worker should look at the board: with the first answer
//             that is a millisecond later than the last byte, before waiting for requests, when the ring is half full.
//             So the end of a task that has taken longer is always noticed; what has been answered just before it began
//             may not be.
//   BOARD     a memory file that both map: a Board, and behind it, from kRingOffset to its end, the ring of answers.
//   OUT, ERR  the reading ends (non-blocking) of the pipes that its stdout and stderr are.
//
// The ring is one of bytes, with one producer and one consumer; its size is a power of two. `produced` and `consumed`
// count bytes and are never taken modulo. It holds an AnswerHead and the bytes of its text for each task, in order,
// each padded to kRecordAlign. Text that is large comes in several records, of which all but the last are `part`s.
// Whatever way the program ends, what it has answered is there, and `phase` tells which task it was at.
//
// What a task writes to its stdout and stderr goes into the pipes. The program reads from them itself when the task's
// call is over. While the call lasts, the worker may, under kReading:
//   job:     phase = ... ; while (hold & kReading) wait            before a call, and after one that may have written
//   worker:  hold |= kReading; if (phase is as expected) read; hold &= ~kReading; wake
// All of these are sequentially consistent, so that one of the two sees the other: bytes are never taken for those of
// another task.
//
// Units: nanoseconds on the monotonic clock; bytes in this machine's order.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "mpr/job_note.hpp"

namespace mpr::job {

constexpr uint32_t kProtocol = MPR_JOB_PROTOCOL;
constexpr const char* kServeVariable = "MPR_SERVE";

struct RequestHead {
  uint64_t place = 0;     ///< of the first task: its MPR_TASK; the others' follow
  uint32_t count = 0;     ///< tasks
  uint32_t words = 0;     ///< of each
  uint32_t attempt = 1;   ///< MPR_ATTEMPT
  uint32_t reserved = 0;  ///< makes it the same without padding
};

struct AnswerHead {
  enum Flag : uint16_t {
    part = 1,       ///< more records of the task follow
    returned = 2,   ///< not run, because of kRecall; nor will be those behind it
    in_millis = 4,  ///< `time` is in milliseconds, not nanoseconds
  };
  uint16_t status = 0;  ///< exit status
  uint16_t flags = 0;
  uint32_t out = 0;  ///< bytes for stdout, which come first
  uint32_t err = 0;  ///< bytes for stderr
  uint32_t time = 0;
};

constexpr size_t kRecordAlign = sizeof(AnswerHead);
constexpr size_t kRingOffset = 4096;
constexpr size_t kMostInRecord = 64 * 1024;  // of text; no ring is smaller than twice that

[[nodiscard]] constexpr size_t record_bytes(const AnswerHead& head) {
  const size_t bytes = sizeof head + head.out + head.err;
  return (bytes + kRecordAlign - 1) / kRecordAlign * kRecordAlign;
}

/// The worker's orders, in Board::hold.
constexpr uint32_t kReading = 1;  ///< it is reading what the current call writes: neither begin a call nor read
constexpr uint32_t kHalt = 2;     ///< begin no call
constexpr uint32_t kRecall = 4;   ///< begin no call, answer `returned` instead

struct Board {
  // What the job writes.
  alignas(64) std::atomic<uint64_t> produced{0};
  /// 2n + 1 during the call of task n (counted from 0 in this process), 2n + 2 when it may be over.
  alignas(64) std::atomic<uint64_t> phase{0};
  std::atomic<int64_t> began{0};  ///< when the task did; written before `phase`
  // What the worker writes.
  alignas(64) std::atomic<uint64_t> consumed{0};
  std::atomic<uint32_t> hold{0};
  /// 1 while the job sleeps here until there is more room in the ring; the worker makes it 0, having consumed.
  alignas(64) std::atomic<uint32_t> no_room{0};
};
static_assert(sizeof(Board) <= kRingOffset && std::atomic<uint64_t>::is_always_lock_free);

/// How many tasks have been begun: one more than were answered when it is at one.
[[nodiscard]] constexpr uint64_t begun(uint64_t phase) {
  return (phase + 1) / 2;
}

}  // namespace mpr::job
