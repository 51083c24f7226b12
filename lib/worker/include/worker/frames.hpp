// The frames between the parent and a worker.
//
//   down, on the task queue:   Task | Batch | Order
//   up, on the result queue:   OutputChunk... Result     for each attempt that was started
//                              Answers                   for several of a batch
//                              Returned                  for tasks that were not, after a recall or cancel
//                              Suspended                 after Order::suspend
//
// Every task that goes down comes up again exactly once, in a Result, in Answers or as Returned; those of a batch in
// their order, but for those that are returned.
// The task queue's end means: end everything at once, and exit.
#pragma once

#include <variant>

#include "mpr/connection.hpp"
#include "worker/batch.hpp"
#include "worker/task.hpp"
#include "worker/wire.hpp"

namespace mpr::worker {

enum class Order : uint8_t {
  recall,   ///< give back the tasks that have not been started
  cancel,   ///< the same, and end the one that is running (SIGTERM, then SIGKILL)
  suspend,  ///< have all processes stop (SIGSTOP), say so, and do nothing more until ...
  resume,   ///< ... they are to go on; for none of them has time gone by
};

/// Part of what the running task wrote. Valid as long as the frame it was read from.
struct OutputChunk {
  TaskNumber number = 0;
  Stream stream = Stream::out;
  Connection::Bytes bytes;
};

/// So many tasks, from this number on.
struct Returned {
  TaskNumber number = 0;
  uint32_t count = 1;
};

/// Tasks of a batch that follow one another, all answered. Valid as long as the frame it was read from.
struct Answers {
  TaskNumber first = 0;
  uint32_t count = 0;
  Connection::Bytes each;  ///< an Answer for each, unaligned
  Connection::Bytes out;   ///< what they wrote to stdout, one after another

  /// Of the task with this place among them, from 0.
  [[nodiscard]] Answer answer(uint32_t place) const;
};

/// All processes of the worker have stopped.
struct Suspended {};

using DownFrame = std::variant<Task, Batch, Order>;
using UpFrame = std::variant<OutputChunk, Result, Answers, Returned, Suspended>;

/// Encodes frames and posts them on a connection; does no I/O.
class FramePoster {
 public:
  void post(Connection& to, const Task& task);
  void post(Connection& to, const Batch& batch);
  void post(Connection& to, Order order);
  void post(Connection& to, const OutputChunk& chunk);
  void post(Connection& to, const Result& result);
  void post(Connection& to, const Answers& answers);
  void post(Connection& to, const Returned& returned);
  void post(Connection& to, const Suspended& suspended);

 private:
  WireWriter wire_;
};

/// Throw WireError for what cannot be a frame.
[[nodiscard]] DownFrame decode_down(Connection::Bytes frame);
[[nodiscard]] UpFrame decode_up(Connection::Bytes frame);

/// A Result as part of a larger record.
void put_result(WireWriter& wire, const Result& result);
[[nodiscard]] Result get_result(WireReader& wire);

}  // namespace mpr::worker
