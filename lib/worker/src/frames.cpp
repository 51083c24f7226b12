#include "worker/frames.hpp"

namespace mpr::worker {
namespace {

enum class Kind : uint8_t { task, order, output, result, returned };

template <class Enum>
Enum get_enum(WireReader& wire, Enum last) {
  const auto value = wire.get<Enum>();
  if (value > last) throw WireError();
  return value;
}

Task get_task(WireReader& wire) {
  Task task;
  task.number = wire.get<TaskNumber>();
  task.attempt = wire.get<uint32_t>();
  task.argv = wire.get_texts();
  if (task.argv.empty()) throw WireError();
  return task;
}

}  // namespace

void put_result(WireWriter& wire, const Result& result) {
  wire.put(result.number).put(result.attempt).put(result.ending);
  wire.put(result.status.code()).put(result.status.signal()).put(result.status.core_dumped());
  wire.put(result.failure.error).put(result.failure.step).put(result.leaked);
  wire.put(result.started.count()).put(result.elapsed.count());
  wire.put(result.usage.user.count()).put(result.usage.system.count()).put(result.usage.max_rss_kib);
}

Result get_result(WireReader& wire) {
  Result result;
  result.number = wire.get<TaskNumber>();
  result.attempt = wire.get<uint32_t>();
  result.ending = get_enum(wire, Ending::worker_lost);
  const int code = wire.get<int>();
  const int signal = wire.get<int>();
  const bool core_dumped = wire.get<uint8_t>() != 0;
  result.status = signal ? os::ExitStatus::signaled(signal, core_dumped) : os::ExitStatus::exited(code);
  result.failure.error = wire.get<int>();
  result.failure.step = get_enum(wire, os::SpawnStep::exec);
  result.leaked = wire.get<uint8_t>() != 0;
  result.started = os::Duration{wire.get<int64_t>()};
  result.elapsed = os::Duration{wire.get<int64_t>()};
  result.usage.user = std::chrono::microseconds{wire.get<int64_t>()};
  result.usage.system = std::chrono::microseconds{wire.get<int64_t>()};
  result.usage.max_rss_kib = wire.get<int64_t>();
  return result;
}

void FramePoster::post(Connection& to, const Task& task) {
  to.post(wire_.clear().put(Kind::task).put(task.number).put(task.attempt).put(task.argv).bytes());
}

void FramePoster::post(Connection& to, Order order) {
  to.post(wire_.clear().put(Kind::order).put(order).bytes());
}

void FramePoster::post(Connection& to, const OutputChunk& chunk) {
  to.post(wire_.clear().put(Kind::output).put(chunk.number).put(chunk.stream).put(chunk.bytes).bytes());
}

void FramePoster::post(Connection& to, const Result& result) {
  put_result(wire_.clear().put(Kind::result), result);
  to.post(wire_.bytes());
}

void FramePoster::post(Connection& to, const Returned& returned) {
  to.post(wire_.clear().put(Kind::returned).put(returned.number).bytes());
}

DownFrame decode_down(Connection::Bytes frame) {
  WireReader wire{frame};
  switch (wire.get<Kind>()) {
    case Kind::task:
      return get_task(wire);
    case Kind::order:
      return get_enum(wire, Order::cancel);
    default:
      throw WireError();
  }
}

UpFrame decode_up(Connection::Bytes frame) {
  WireReader wire{frame};
  switch (wire.get<Kind>()) {
    case Kind::output: {
      OutputChunk chunk;
      chunk.number = wire.get<TaskNumber>();
      chunk.stream = get_enum(wire, Stream::err);
      chunk.bytes = wire.rest();
      return chunk;
    }
    case Kind::result:
      return get_result(wire);
    case Kind::returned:
      return Returned{wire.get<TaskNumber>()};
    default:
      throw WireError();
  }
}

}  // namespace mpr::worker
