// A recorder that waits for room, by a clock that the test moves.
#include "runner/patient_recorder.hpp"

#include <algorithm>
#include <stdexcept>

#include <catch2/catch.hpp>

using namespace mpr;
using namespace std::chrono_literals;
using runner::PatientRecorder;
using runner::RoomPatience;
using runner::RoomWait;

namespace {

struct Full : std::runtime_error {
  Full() : std::runtime_error("full") {}
};

/// There is room from some moment on; or the disk has failed.
class FakeRecorder final : public runner::Recorder {
 public:
  explicit FakeRecorder(const os::Time& now) : now_(now) {}

  std::unique_ptr<runner::KnownTask> find(worker::TaskNumber, const worker::Command&) override { return nullptr; }
  void worker_started(runner::Slot, pid_t) override { keep(); }
  void output(worker::TaskNumber, worker::Stream, std::span<const std::byte>) override { keep(); }
  void ended(const runner::FinishedTask&, const worker::Command&, bool) override { keep(); }
  void job_changed(size_t, const runner::JobReport&) override {}
  [[nodiscard]] os::Duration most_delay() const override { return 7ms; }
  void commit(std::span<const runner::RunningAttempt>) override { keep(); }
  [[nodiscard]] std::optional<std::string> no_room(const std::exception& error) const override {
    if (dynamic_cast<const Full*>(&error) == nullptr) return std::nullopt;
    return "store: no room on '/x'";
  }

  os::Time room_from{};
  bool broken = false;
  int calls = 0;
  int kept = 0;

 private:
  void keep() {
    ++calls;
    if (broken) throw std::runtime_error("Input/output error");
    if (now_ < room_from) throw Full();
    ++kept;
  }
  const os::Time& now_;
};

struct World {
  os::Time now{1000s};
  os::Time signal = os::kNever;
  std::vector<std::string> told;
  std::vector<os::Duration> pauses;
  FakeRecorder recorder{now};
  PatientRecorder patient{recorder, RoomWait{[this] { return now; },
                                             [this](os::Time until) {
                                               pauses.push_back(until - now);
                                               now = std::min(until, signal);
                                               return now < signal;
                                             },
                                             [this](const std::string& line) { told.push_back(line); }}};
};

const std::string kWaiting = "store: no room on '/x'; waiting up to 60 s for room";
const std::string kGoesOn = "store: there is room again, the run goes on";

}  // namespace

TEST_CASE("room: what has none is kept once there is, and that is told once") {
  World world;
  world.recorder.room_from = world.now + 30s;
  const int which = GENERATE(0, 1, 2, 3);
  if (which == 0) world.patient.commit({});
  if (which == 1) world.patient.output(1, worker::Stream::out, {});
  if (which == 2) world.patient.ended({{}, 1, {}}, {}, true);
  if (which == 3) world.patient.worker_started(1, 1);
  CHECK(world.recorder.kept == 1);
  CHECK(world.told == std::vector{kWaiting, kGoesOn});
  CHECK(world.now <= os::Time{1000s} + 30s + RoomPatience::kLongestPause);
  CHECK(world.patient.most_delay() == 7ms);
}

TEST_CASE("room: the first pause is short, the others are longer, and none is long") {
  World world;
  world.recorder.room_from = world.now + 30s;
  world.patient.commit({});
  CHECK(world.pauses.front() == RoomPatience::kFirstPause);
  CHECK(std::is_sorted(world.pauses.begin(), world.pauses.end()));
  CHECK(world.pauses.back() == RoomPatience::kLongestPause);
}

TEST_CASE("room: it is waited for 60 s, then the fault is told as it was") {
  World world;
  world.recorder.room_from = os::kNever;
  CHECK_THROWS_AS(world.patient.commit({}), Full);
  CHECK(world.now == os::Time{1060s});
  CHECK(world.told == std::vector{kWaiting});
  // Each time anew.
  world.recorder.room_from = world.now + 50s;
  world.patient.commit({});
  CHECK(world.recorder.kept == 1);
}

TEST_CASE("room: it may come with the last try") {
  World world;
  world.recorder.room_from = world.now + 60s;
  world.patient.commit({});
  CHECK(world.recorder.kept == 1);
}

TEST_CASE("room: a signal ends the waiting for it at once") {
  World world;
  world.recorder.room_from = os::kNever;
  world.signal = world.now + 5s;
  CHECK_THROWS_AS(world.patient.commit({}), Full);
  CHECK(world.now == world.signal);
}

TEST_CASE("room: another fault is not waited out, nor tried again") {
  World world;
  world.recorder.broken = true;
  CHECK_THROWS_WITH(world.patient.commit({}), "Input/output error");
  CHECK(world.recorder.calls == 1);
  CHECK(world.told.empty());
  CHECK(world.now == os::Time{1000s});
}
