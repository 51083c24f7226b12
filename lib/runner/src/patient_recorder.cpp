#include "runner/patient_recorder.hpp"

#include <algorithm>

namespace mpr::runner {

std::optional<os::Time> RoomPatience::wait_until(os::Time now) {
  if (!ends_) ends_ = os::later(now, kMost);
  if (now >= *ends_) return std::nullopt;
  const os::Time next = std::min(os::later(now, pause_), *ends_);
  pause_ = std::min<os::Duration>(pause_ * 2, kLongestPause);
  return next;
}

void when_there_is_room(const Recorder& recorder, const RoomWait& wait, const std::function<void()>& call) {
  RoomPatience patience;
  bool told = false;
  for (;;) {
    try {
      call();
      break;
    } catch (const std::exception& error) {
      const auto where = recorder.no_room(error);
      const auto until = where ? patience.wait_until(wait.now()) : std::nullopt;
      if (!until) throw;
      if (!told) {
        wait.tell(*where + "; waiting up to " + std::to_string(RoomPatience::kMost.count()) + " s for room");
        told = true;
      }
      if (!wait.sleep_until(*until)) throw;
    }
  }
  if (told) wait.tell("store: there is room again, the run goes on");
}

std::unique_ptr<KnownTask> PatientRecorder::find(worker::TaskNumber number, const worker::Command& command) {
  return recorder_.find(number, command);
}

void PatientRecorder::worker_started(Slot slot, pid_t pid) {
  when_there_is_room(recorder_, wait_, [&] { recorder_.worker_started(slot, pid); });
}

void PatientRecorder::output(worker::TaskNumber number, worker::Stream stream, std::span<const std::byte> bytes) {
  when_there_is_room(recorder_, wait_, [&] { recorder_.output(number, stream, bytes); });
}

void PatientRecorder::ended(const FinishedTask& task, const worker::Command& command, bool final) {
  when_there_is_room(recorder_, wait_, [&] { recorder_.ended(task, command, final); });
}

void PatientRecorder::job_changed(size_t job, const JobReport& report) {
  recorder_.job_changed(job, report);
}

void PatientRecorder::commit(std::span<const RunningAttempt> running) {
  when_there_is_room(recorder_, wait_, [&] { recorder_.commit(running); });
}

}  // namespace mpr::runner
