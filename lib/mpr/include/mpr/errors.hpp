// What the library throws, besides the system's own refusals (std::system_error: no more processes, descriptors or
// memory) and mistakes of the program (std::logic_error: a call out of order, std::invalid_argument: a value that
// cannot be).
//
//   std::runtime_error
//     Error
//       ConnectionClosed   the other side of a connection has closed it, or died
//       BufferTooShort     a message does not fit where it was to go; it is not lost
//       CodecError         bytes that are not a value of the type that was asked for
//       OwnerDied          the holder of a lock died holding it: what it protects may be half changed
//       BrokenBarrier      a party gave up, died, or called abort()
//       WorkerDied         of a JoinableQueue: who had taken items died before task_done()
//       TimeoutError       a result or message was not there in time
//       RemoteError        a function threw an exception in another process
//       TaskError          a task of a pool has no result, through no fault of its function:
//         WorkerLost         its worker was killed or ended
//         TaskTimeout        it took longer than it was given
//         Cancelled          it was cancelled
//         PoolClosed         its pool was terminated, or cannot go on
#pragma once

#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace mpr {

struct Error : std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct ConnectionClosed : Error {
  ConnectionClosed() : Error("the other side of the connection is closed") {}
};

struct BufferTooShort : Error {
  explicit BufferTooShort(std::vector<std::byte> received)
      : Error("the buffer is too short: the message has " + std::to_string(received.size()) + " bytes"),
        message(std::move(received)) {}
  std::vector<std::byte> message;  ///< whole
};

struct CodecError : Error {
  using Error::Error;
};

struct OwnerDied : Error {
  explicit OwnerDied(int holder)
      : Error("process " + std::to_string(holder) + " died while it held the lock"), pid(holder) {}
  int pid;
};

struct BrokenBarrier : Error {
  BrokenBarrier() : Error("the barrier is broken") {}
};

struct WorkerDied : Error {
  explicit WorkerDied(unsigned lost)
      : Error(std::to_string(lost) + (lost == 1 ? " item was" : " items were") +
              " taken from the queue by a process that died before task_done()"),
        items(lost) {}
  unsigned items;
};

struct TimeoutError : Error {
  TimeoutError() : Error("the result was not there in time") {}
};

/// what() is "TYPE: TEXT", such as "std::out_of_range: no such key".
struct RemoteError : Error {
  RemoteError(std::string type_name, std::string text_of_it)
      : Error(type_name + ": " + text_of_it), type(std::move(type_name)), text(std::move(text_of_it)) {}
  std::string type;  ///< readable name of the exception's type
  std::string text;  ///< its what()
};

struct TaskError : Error {
  using Error::Error;
};
struct WorkerLost : TaskError {
  using TaskError::TaskError;
};
struct TaskTimeout : TaskError {
  using TaskError::TaskError;
};
struct Cancelled : TaskError {
  Cancelled() : TaskError("the task was cancelled") {}
};
struct PoolClosed : TaskError {
  using TaskError::TaskError;
};

}  // namespace mpr
