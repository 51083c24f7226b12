#include "runner/gather.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "worker/frames.hpp"

namespace mpr::runner {
namespace {

using worker::Stream;
using worker::TaskNumber;

constexpr uint64_t kPieceBytes = 64 * 1024;  // what is passed on before the sink is asked again

}  // namespace

Gather::Gather(Ordering ordering, bool stream, std::shared_ptr<Spill> spill, TaskNumber first)
    : ordering_(ordering), stream_(stream), spill_(std::move(spill)), head_(first) {}

Gather::Open& Gather::open(TaskNumber number, const Inputs& inputs) {
  Open& task = open_[number];
  if (!task.inputs) task.inputs = std::make_shared<const Inputs>(inputs);
  return task;
}

/// Pieces that follow one another in the spill become one part: a task may write a byte at a time.
void Gather::add_part(Open& task, Stream stream, std::span<const std::byte> bytes) {
  const Spill::Extent extent = spill_->append(bytes);
  if (!task.parts.empty()) {
    Part& last = task.parts.back();
    if (last.stream == stream && last.extent.offset + last.extent.bytes == extent.offset) {
      last.extent.bytes += extent.bytes;
      return;
    }
  }
  task.parts.push_back({stream, extent});
}

void Gather::output(TaskNumber number, const Inputs& inputs, Stream stream, std::span<const std::byte> bytes) {
  Open& task = open(number, inputs);
  if (ordering_ != Ordering::by_line) {
    add_part(task, stream, bytes);
    return;
  }
  const auto* begin = reinterpret_cast<const char*>(bytes.data());
  const auto* newline = static_cast<const char*>(::memrchr(begin, '\n', bytes.size()));
  const size_t whole_lines = newline ? static_cast<size_t>(newline - begin) + 1 : 0;
  if (whole_lines > 0) {
    add_part(task, stream, bytes.first(whole_lines));
    queue_lines(number, task);
  }
  if (whole_lines < bytes.size()) add_part(task, stream, bytes.subspan(whole_lines));
}

/// Queues all parts of the stream that the last part belongs to, which ends in a newline.
void Gather::queue_lines(TaskNumber number, Open& task) {
  const Stream stream = task.parts.back().stream;
  Item item;
  item.number = number;
  item.inputs = task.inputs;
  for (const Part& part : task.parts) {
    if (part.stream == stream) item.parts.push_back(part);
  }
  std::erase_if(task.parts, [&](const Part& part) { return part.stream == stream; });
  lines_.push_back(std::move(item));
}

void Gather::discard(TaskNumber number) {
  const auto found = open_.find(number);
  if (found == open_.end()) return;
  for (const Part& part : found->second.parts) spill_->release(part.extent);
  open_.erase(found);
}

void Gather::finished(const FinishedTask& task) {
  const TaskNumber number = task.result.number;
  switch (ordering_) {
    case Ordering::in_order:
      if (finished_.size() <= number - head_) finished_.resize(number - head_ + 1);
      finished_[number - head_] = {store(task), number, 1, false};
      break;
    case Ordering::as_completed:
      completed_.push_back({store(task), number, 1, false});
      break;
    case Ordering::by_line: {
      Open& last = open(number, task.inputs);
      lines_.push_back({number, last.inputs, std::move(last.parts), 0, task, false});
      open_.erase(number);
      break;
    }
  }
}

void Gather::answered(TaskNumber first, uint32_t count, std::span<const std::byte> out) {
  const Outcome outcome{spill_->append(out), first, count, true};
  if (ordering_ != Ordering::in_order) return completed_.push_back(outcome);
  if (finished_.size() < first - head_ + count) finished_.resize(first - head_ + count);
  finished_[first - head_] = outcome;
}

/// A finished task as bytes, so that a million of them can wait for a slow first one.
Spill::Extent Gather::store(const FinishedTask& task) {
  worker::put_result(wire_.clear(), task.result);
  wire_.put(task.slot).put(task.inputs);
  if (const auto found = open_.find(task.result.number); found != open_.end()) {
    for (const Part& part : found->second.parts) wire_.put(part.stream).put(part.extent.offset).put(part.extent.bytes);
    open_.erase(found);
  }
  return spill_->append(wire_.bytes());
}

Gather::Item Gather::load(Spill::Extent record) {
  std::vector<std::byte> bytes;
  spill_->read(record,
               [&](std::span<const std::byte> piece) { bytes.insert(bytes.end(), piece.begin(), piece.end()); });
  worker::WireReader wire{bytes};
  FinishedTask task;
  task.result = worker::get_result(wire);
  task.slot = wire.get<Slot>();
  task.inputs = wire.get_texts();
  Item item;
  item.number = task.result.number;
  item.inputs = std::make_shared<const Inputs>(task.inputs);
  while (!wire.rest().empty()) {
    const auto stream = wire.get<Stream>();
    const auto offset = wire.get<uint64_t>();
    item.parts.push_back({stream, {offset, wire.get<uint64_t>()}});
  }
  item.finished = std::move(task);
  return item;
}

Gather::Item Gather::take(const Outcome& outcome) {
  if (outcome.answers) {
    Item item;
    item.number = outcome.first;
    item.parts.push_back({Stream::out, outcome.record});
    item.answers = true;
    return item;
  }
  Item item = load(outcome.record);
  spill_->release(outcome.record);
  return item;
}

void Gather::read_finished(const std::function<void(std::span<const std::byte>)>& consume) {
  for (const Outcome& outcome : finished_) {
    if (outcome.answers) spill_->read(outcome.record, consume);
    if (outcome.answers || outcome.tasks == 0) continue;
    for (const Part& part : load(outcome.record).parts) {
      if (part.stream == Stream::out) spill_->read(part.extent, consume);
    }
  }
}

/// Whether the first task that has not been passed on is one that has not finished, and has output that may be seen.
bool Gather::head_waits() const {
  if (ordering_ != Ordering::in_order || !stream_) return false;
  const auto head = open_.find(head_);
  return head != open_.end() && !head->second.parts.empty();
}

std::optional<Gather::Item> Gather::take_next() {
  if (!lines_.empty()) {
    Item item = std::move(lines_.front());
    lines_.pop_front();
    return item;
  }
  if (!completed_.empty()) {
    const Outcome outcome = completed_.front();
    completed_.pop_front();
    return take(outcome);
  }
  while (gaps_closed_ && !finished_.empty() && finished_.front().tasks == 0) {
    finished_.pop_front();
    ++head_;
  }
  if (!finished_.empty() && finished_.front().tasks > 0) {
    const Outcome outcome = finished_.front();
    finished_.erase(finished_.begin(), finished_.begin() + outcome.tasks);
    head_ += outcome.tasks;
    return take(outcome);
  }
  if (!head_waits()) return std::nullopt;
  Open& head = open_.at(head_);
  return Item{head_, head.inputs, std::exchange(head.parts, {}), 0, std::nullopt, false};
}

bool Gather::pass_on(Item& item, Sink& sink) {
  while (item.passed < item.parts.size()) {
    if (!sink.ready()) return false;
    Part& part = item.parts[item.passed];
    const Spill::Extent piece{part.extent.offset, std::min(part.extent.bytes, kPieceBytes)};
    spill_->read(piece, [&](std::span<const std::byte> bytes) {
      if (item.answers) return sink.answered(item.number, bytes);
      sink.output(item.number, *item.inputs, part.stream, bytes);
    });
    spill_->release(piece);
    part.extent = {part.extent.offset + piece.bytes, part.extent.bytes - piece.bytes};
    if (part.extent.bytes == 0) ++item.passed;
  }
  if (item.finished) sink.finished(*item.finished);
  return true;
}

void Gather::pump(Sink& sink) {
  while (sink.ready()) {
    if (!passing_) passing_ = take_next();
    if (!passing_ || !pass_on(*passing_, sink)) return;
    passing_.reset();
  }
}

bool Gather::drained() const {
  const bool record_waits = !finished_.empty() && (gaps_closed_ || finished_.front().tasks > 0);
  return !passing_ && lines_.empty() && completed_.empty() && !record_waits && !head_waits();
}

}  // namespace mpr::runner
