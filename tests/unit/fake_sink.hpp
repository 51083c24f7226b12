// FakeSink: remembers what it was given. A piece of stdout is told as "1:text ", of stderr as "1!text ", an end as "1.
// ", answers as "1=text ".
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "runner/sink.hpp"

namespace mpr::test {

class FakeSink final : public runner::Sink {
 public:
  size_t room = SIZE_MAX;  ///< how many pieces of output it still takes
  std::string story;
  std::vector<worker::TaskNumber> ended;  ///< in the order in which it was told
  std::optional<runner::FinishedTask> last;

  [[nodiscard]] bool ready() const override { return room > 0; }

  void output(worker::TaskNumber number, const runner::Inputs&, worker::Stream stream,
              std::span<const std::byte> bytes) override {
    --room;
    const std::string text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    story += std::to_string(number) + (stream == worker::Stream::out ? ":" : "!") + text + " ";
    bytes_[{number, stream}] += text;
  }

  void finished(const runner::FinishedTask& task) override {
    story += std::to_string(task.result.number) + ". ";
    ended.push_back(task.result.number);
    last = task;
  }

  void answered(worker::TaskNumber first, std::span<const std::byte> bytes) override {
    --room;
    story += std::to_string(first) + "=" + std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size()) + " ";
  }

  [[nodiscard]] std::string bytes_of(worker::TaskNumber number, worker::Stream stream = worker::Stream::out) const {
    const auto found = bytes_.find({number, stream});
    return found == bytes_.end() ? "" : found->second;
  }

 private:
  std::map<std::pair<worker::TaskNumber, worker::Stream>, std::string> bytes_;
};

inline runner::FinishedTask finished_task(worker::TaskNumber number) {
  runner::FinishedTask task;
  task.inputs = {"input " + std::to_string(number)};
  task.slot = 1;
  task.result.number = number;
  return task;
}

}  // namespace mpr::test
