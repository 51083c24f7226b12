#include "worker/frames.hpp"

namespace mpr::worker {
namespace {

enum class Kind : uint8_t { task, batch, order, output, result, answers, returned, suspended };

constexpr int64_t kNoTimeout = -1;

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
  Command& command = task.command;
  command.argv = wire.get_texts();
  if (command.argv.empty()) throw WireError();
  command.environment = wire.get_texts();
  command.directory = wire.get_text();
  command.input.kind = get_enum(wire, Input::Kind::file);
  command.input.value = wire.get_text();
  command.output.kind = get_enum(wire, Output::Kind::file);
  command.output.path = wire.get_text();
  const auto timeout = wire.get<int64_t>();
  if (timeout != kNoTimeout) task.timeout = os::Duration{timeout};
  task.kill_after = os::Duration{wire.get<int64_t>()};
  task.variables = wire.get_texts();
  task.cpus = wire.get_numbers();
  task.executor = get_enum(wire, ExecutorKind::json);
  return task;
}

Batch get_batch(WireReader& wire) {
  Batch batch;
  batch.common = get_task(wire);
  batch.place = wire.get<uint64_t>();
  batch.count = wire.get<uint32_t>();
  batch.words_each = wire.get<uint32_t>();
  batch.recycle_after = wire.get<uint64_t>();
  if (!is_persistent(batch.common.executor) || batch.count == 0 || batch.words_each == 0) throw WireError();
  batch.requests.assign(wire.rest().begin(), wire.rest().end());
  return batch;
}

Answers get_answers(WireReader& wire) {
  Answers answers;
  answers.first = wire.get<TaskNumber>();
  answers.count = wire.get<uint32_t>();
  answers.each = wire.take(size_t{answers.count} * sizeof(Answer));
  answers.out = wire.rest();
  uint64_t bytes = 0;
  for (uint32_t place = 0; place < answers.count; ++place) bytes += answers.answer(place).bytes;
  if (answers.count == 0 || bytes != answers.out.size()) throw WireError();
  return answers;
}

void put_task(WireWriter& wire, const Task& task) {
  const Command& command = task.command;
  wire.put(task.number).put(task.attempt);
  wire.put(command.argv).put(command.environment).put(command.directory);
  wire.put(command.input.kind).put(command.input.value).put(command.output.kind).put(command.output.path);
  wire.put(task.timeout ? task.timeout->count() : kNoTimeout).put(task.kill_after.count());
  wire.put(task.variables).put(task.cpus).put(task.executor);
}

}  // namespace

void put_result(WireWriter& wire, const Result& result) {
  wire.put(result.number).put(result.attempt).put(result.ending);
  wire.put(result.status.code()).put(result.status.signal()).put(result.status.core_dumped());
  wire.put(result.failure.error).put(result.failure.step);
  wire.put(result.fault);
  wire.put(result.inverted).put(result.out_of_memory).put(result.leaked);
  wire.put(result.started.count()).put(result.elapsed.count());
  wire.put(result.usage.user.count()).put(result.usage.system.count()).put(result.usage.max_rss_kib);
}

Result get_result(WireReader& wire) {
  Result result;
  result.number = wire.get<TaskNumber>();
  result.attempt = wire.get<uint32_t>();
  result.ending = get_enum(wire, Ending::no_answer);
  const int code = wire.get<int>();
  const int signal = wire.get<int>();
  const bool core_dumped = wire.get<uint8_t>() != 0;
  result.status = signal ? os::ExitStatus::signaled(signal, core_dumped) : os::ExitStatus::exited(code);
  result.failure.error = wire.get<int>();
  result.failure.step = get_enum(wire, os::SpawnStep::interpreter);
  result.fault = get_enum(wire, Fault::protocol);
  result.inverted = wire.get<uint8_t>() != 0;
  result.out_of_memory = wire.get<uint8_t>() != 0;
  result.leaked = wire.get<uint8_t>() != 0;
  result.started = os::Duration{wire.get<int64_t>()};
  result.elapsed = os::Duration{wire.get<int64_t>()};
  result.usage.user = std::chrono::microseconds{wire.get<int64_t>()};
  result.usage.system = std::chrono::microseconds{wire.get<int64_t>()};
  result.usage.max_rss_kib = wire.get<int64_t>();
  return result;
}

void FramePoster::post(Connection& to, const Task& task) {
  put_task(wire_.clear().put(Kind::task), task);
  to.post(wire_.bytes());
}

void FramePoster::post(Connection& to, const Batch& batch) {
  put_task(wire_.clear().put(Kind::batch), batch.common);
  wire_.put(batch.place).put(batch.count).put(batch.words_each).put(batch.recycle_after);
  to.post({wire_.bytes(), batch.requests});
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

void FramePoster::post(Connection& to, const Answers& answers) {
  wire_.clear().put(Kind::answers).put(answers.first).put(answers.count);
  to.post({wire_.bytes(), answers.each, answers.out});
}

void FramePoster::post(Connection& to, const Returned& returned) {
  to.post(wire_.clear().put(Kind::returned).put(returned.number).put(returned.count).bytes());
}

void FramePoster::post(Connection& to, const Suspended& /*unused*/) {
  to.post(wire_.clear().put(Kind::suspended).bytes());
}

Answer Answers::answer(uint32_t place) const {
  Answer answer;
  std::memcpy(&answer, each.data() + size_t{place} * sizeof answer, sizeof answer);
  return answer;
}

DownFrame decode_down(Connection::Bytes frame) {
  WireReader wire{frame};
  switch (wire.get<Kind>()) {
    case Kind::task: {
      Task task = get_task(wire);
      if (is_persistent(task.executor)) throw WireError();
      wire.end();
      return task;
    }
    case Kind::batch:
      return get_batch(wire);
    case Kind::order: {
      const Order order = get_enum(wire, Order::resume);
      wire.end();
      return order;
    }
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
    case Kind::result: {
      const Result result = get_result(wire);
      wire.end();
      return result;
    }
    case Kind::answers:
      return get_answers(wire);
    case Kind::returned: {
      Returned returned;
      returned.number = wire.get<TaskNumber>();
      returned.count = wire.get<uint32_t>();
      wire.end();
      return returned;
    }
    case Kind::suspended:
      wire.end();
      return Suspended{};
    default:
      throw WireError();
  }
}

}  // namespace mpr::worker
