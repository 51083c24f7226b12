// PatientRecorder: a recorder that waits for room, where another would end the run for want of it.
//
//   PatientRecorder recorder(its_recorder, {.now = os::Clock::now, .sleep_until = ..., .tell = ...});
//   recorder.commit(running);                          // returns when it is kept, be it a minute later
//
// Whoever calls it stands still meanwhile. So nothing more is handed out; what the workers have ends, and waits in
// their queues, which hold little: nobody runs ahead of what can be kept. What cannot be kept is tried again after a
// moment, then after longer ones, for a minute at most. That is told once, and once more when there is room.
//
// Ownership: borrows the recorder. Errors: the recorder's; also when the waiting is over.
// Threads: none. Processes: as for the recorder.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "runner/recorder.hpp"

namespace mpr::runner {

/// When to try again what has no room. Pure.
class RoomPatience {
 public:
  static constexpr std::chrono::seconds kMost{60};
  static constexpr std::chrono::milliseconds kFirstPause{100};
  static constexpr std::chrono::seconds kLongestPause{2};

  /// There is no room, now: until when to wait before the next try. None: not any longer.
  [[nodiscard]] std::optional<os::Time> wait_until(os::Time now);

 private:
  std::optional<os::Time> ends_;
  os::Duration pause_{kFirstPause};
};

/// What waiting is done with.
struct RoomWait {
  std::function<os::Time()> now;
  /// False when it is not to be waited any longer.
  std::function<bool(os::Time)> sleep_until;
  std::function<void(const std::string& line)> tell;
};

/// Calls until there is room.
void when_there_is_room(const Recorder& recorder, const RoomWait& wait, const std::function<void()>& call);

class PatientRecorder final : public Recorder {
 public:
  PatientRecorder(Recorder& recorder, RoomWait wait) : recorder_(recorder), wait_(std::move(wait)) {}

  [[nodiscard]] std::unique_ptr<KnownTask> find(worker::TaskNumber number, const worker::Command& command) override;
  void worker_started(Slot slot, pid_t pid) override;
  void output(worker::TaskNumber number, worker::Stream stream, std::span<const std::byte> bytes) override;
  void ended(const FinishedTask& task, const worker::Command& command, bool final) override;
  void job_changed(size_t job, const JobReport& report) override;
  [[nodiscard]] os::Duration most_delay() const override { return recorder_.most_delay(); }
  void commit(std::span<const RunningAttempt> running) override;
  [[nodiscard]] std::optional<std::string> no_room(const std::exception& error) const override {
    return recorder_.no_room(error);
  }

 private:
  Recorder& recorder_;
  RoomWait wait_;
};

}  // namespace mpr::runner
