// The frames between the parent and a worker.
//
//   down, on the task queue:   Task | Order::recall | Order::cancel
//   up, on the result queue:   OutputChunk... Result     for each attempt that was started
//                              Returned                  for each task that was not, after a recall or cancel
//
// Every task that goes down comes up again exactly once, as a Result or as Returned.
// The task queue's end means: end everything at once, and exit.
#pragma once

#include <variant>

#include "mpr/connection.hpp"
#include "worker/task.hpp"
#include "worker/wire.hpp"

namespace mpr::worker {

enum class Order : uint8_t {
  recall,  ///< give back the tasks that have not been started
  cancel,  ///< the same, and end the one that is running (SIGTERM, then SIGKILL)
};

/// Part of what the running task wrote. Valid as long as the frame it was read from.
struct OutputChunk {
  TaskNumber number = 0;
  Stream stream = Stream::out;
  Connection::Bytes bytes;
};

struct Returned {
  TaskNumber number = 0;
};

using DownFrame = std::variant<Task, Order>;
using UpFrame = std::variant<OutputChunk, Result, Returned>;

/// Encodes frames and posts them on a connection; does no I/O.
class FramePoster {
 public:
  void post(Connection& to, const Task& task);
  void post(Connection& to, Order order);
  void post(Connection& to, const OutputChunk& chunk);
  void post(Connection& to, const Result& result);
  void post(Connection& to, const Returned& returned);

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
