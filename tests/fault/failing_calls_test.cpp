// A system call may fail at any place. For each place: a correct result, or an error with the documented status.
#include <stdlib.h>
#include <string.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <sstream>

#include <catch2/catch.hpp>

#include "scenarios.hpp"
#include "support/rounds.hpp"

using namespace mpr::test;

namespace {

/// Calls that do the same, and an error that their manual names.
struct Kind {
  std::vector<std::string> calls;
  std::vector<int> errors;
};

const std::vector<Kind>& kinds() {
  static const std::vector<Kind> all{
      {{"openat", "open"}, {EMFILE, ENFILE, EACCES, ENOMEM}},
      {{"read"}, {EIO, EINTR}},
      {{"write", "writev", "pwritev2"}, {ENOSPC, EIO, EINTR}},
      {{"pipe2"}, {EMFILE, ENFILE}},
      {{"clone", "clone3", "vfork", "fork"}, {EAGAIN, ENOMEM}},
      {{"execve"}, {ENOMEM, EACCES, E2BIG, EIO}},
      {{"mmap"}, {ENOMEM}},
      {{"mprotect"}, {ENOMEM}},
      {{"epoll_create1"}, {EMFILE, ENOMEM}},
      {{"epoll_ctl"}, {ENOMEM, ENOSPC}},
      {{"epoll_wait", "epoll_pwait"}, {EINTR}},
      {{"poll", "ppoll"}, {EINTR, ENOMEM}},
      {{"fcntl"}, {EMFILE, ENOLCK}},
      {{"dup", "dup2", "dup3"}, {EMFILE, EINTR, EBUSY}},
      {{"socketpair"}, {EMFILE, ENFILE, ENOMEM}},
      {{"sendmsg"}, {ENOBUFS, ENOMEM, EINTR}},
      {{"recvmsg"}, {ENOMEM, EINTR}},
      {{"pidfd_open"}, {EMFILE, ENFILE, ENOMEM}},
      {{"pidfd_send_signal"}, {EPERM}},
      {{"kill"}, {EPERM}},
      {{"wait4", "waitid"}, {EINTR}},
      {{"memfd_create"}, {EMFILE, ENOMEM, ENOSYS}},
      {{"eventfd2"}, {EMFILE, ENOMEM}},
      {{"signalfd4"}, {EMFILE, ENOMEM}},
      {{"ftruncate"}, {EIO, EINTR}},
      {{"fallocate"}, {ENOSPC, EOPNOTSUPP}},
      {{"fdatasync", "fsync"}, {EIO, ENOSPC}},
      {{"pwrite64"}, {ENOSPC, EIO, EINTR}},
      {{"pread64"}, {EIO, EINTR}},
      {{"sched_setaffinity"}, {EINVAL, EPERM}},
      {{"sched_getaffinity"}, {EPERM}},
      {{"prctl"}, {EINVAL, EPERM}},
      {{"setpgid"}, {EPERM, EACCES}},
      {{"prlimit64"}, {EPERM}},
      {{"close_range"}, {ENOSYS}},
      {{"getrandom"}, {ENOSYS, EINTR}},
      {{"clock_nanosleep"}, {EINTR}},
      {{"futex"}, {EINTR}},
      {{"getdents64"}, {ENOENT}},
      {{"newfstatat", "fstat", "statx", "access", "faccessat"}, {ENOMEM, EACCES}},
      {{"readlink", "getcwd"}, {EACCES, ENOMEM}},
      {{"mkdir", "mkdirat"}, {ENOSPC, EACCES}},
      {{"rename"}, {ENOSPC, EIO}},
      {{"unlink", "unlinkat"}, {EACCES, EROFS, EIO}},
      {{"chdir"}, {EACCES, EIO}},
  };
  return all;
}

constexpr unsigned kWhoseCalls[] = {kMain, kWorkers | kStarting, kTasks};

/// All faults of one kind in one scenario: they differ in n.
struct Sweep {
  const Scenario* scenario = nullptr;
  Fault fault;
  unsigned count = 0;  ///< calls in an undisturbed run
};

bool is_of_interest(const Scenario& scenario, unsigned whose) {
  // Tasks of other kinds have nothing of mpr in them.
  const bool ours = scenario.name == "persistent" || (scenario.name == "fork-server" && kSlowness == 1);
  return whose != kTasks || ours;
}

/// What there is to be swept: a run of each scenario tells how many calls it makes.
std::vector<Sweep> sweeps() {
  std::vector<Sweep> all;
  Fault none;
  for (const Kind& kind : kinds()) none.calls.insert(none.calls.end(), kind.calls.begin(), kind.calls.end());
  for (const Scenario& scenario : all_scenarios()) {
    const FaultedRun counted = run_faulted(scenario, none);
    check(counted);
    for (const unsigned whose : kWhoseCalls) {
      if (!is_of_interest(scenario, whose)) continue;
      for (const Kind& kind : kinds()) {
        unsigned count = 0;
        for (const auto& [seen, times] : counted.report.seen) {
          const bool of_kind = std::count(kind.calls.begin(), kind.calls.end(), seen.second) > 0;
          if ((seen.first & whose) != 0 && of_kind) count += times;
        }
        for (const int error : kind.errors) {
          if (count > 0) all.push_back({&scenario, {kind.calls, 0, error, whose}, count});
        }
      }
    }
  }
  return all;
}

/// Interruptions do not last, nor does the kernel's want of the memory for a poll; signals are not refused for good,
/// and for processes to come mpr waits long.
bool may_last(const Fault& fault) {
  const auto is = [&](const char* call) { return fault.calls.front() == call; };
  // For room on a disk, and for a worker's descriptors, processes and memory, mpr waits half a minute and more.
  if (std::set{EAGAIN, EMFILE, ENFILE, ENOMEM, ENOSPC, EDQUOT}.contains(fault.error)) return false;
  return fault.error != EINTR && !is("clone") && !is("poll") && !is("kill") && !is("pidfd_send_signal");
}

/// Injections, by call and error.
using Tally = std::map<std::string, unsigned>;

bool inject(const Sweep& sweep, unsigned nth, bool lasting, Tally& tally) {
  Fault fault = sweep.fault;
  fault.nth = nth;
  fault.lasting = lasting;
  const FaultedRun run = run_faulted(*sweep.scenario, fault);
  check(run);
  if (run.report.reached) ++tally[run.report.call + " " + strerrorname_np(fault.error) + (lasting ? ", lasting" : "")];
  return run.report.reached;
}

std::string text_of(const Tally& tally) {
  std::string text;
  unsigned sum = 0;
  for (const auto& [what, times] : tally) {
    text += "\n" + what + ": " + std::to_string(times);
    sum += times;
  }
  return std::to_string(sum) + " injected" + text;
}

bool is_possible_here() {
  if (const auto& obstacle = FailingCalls::obstacle()) {
    WARN("calls cannot be made to fail here: " << *obstacle);
    return false;
  }
  return true;
}

}  // namespace

TEST_CASE("a fault comes to the call that it is for") {
  if (!is_possible_here()) return;
  const Scenario scenario{.name = "schema", .words = {"schema"}, .output = run_mpr({"schema"}).out};
  const FaultedRun full = run_faulted(scenario, {.calls = {"write"}, .nth = 1, .error = ENOSPC});
  check(full);
  CHECK(full.report.reached);
  CHECK(full.report.call == "write");
  CHECK(full.report.words[0] == 1);
  CHECK(full.exit_status == 125);
  CHECK_THAT(full.told, Catch::Contains("No space left on device"));
  const FaultedRun undisturbed = run_faulted(scenario, {.calls = {"write"}, .nth = 1000, .error = ENOSPC});
  check(undisturbed);
  CHECK_FALSE(undisturbed.report.reached);
  CHECK(undisturbed.exit_status == 0);
}

TEST_CASE("a call that is interrupted, or that fails for a moment, changes nothing") {
  if (!is_possible_here()) return;
  constexpr unsigned kAll = kMain | kWorkers | kStarting;
  const Scenario recorded = scenarios::recorded();
  const std::vector<Sweep> passing{
      {&all_scenarios()[0], {{"dup2", "dup3"}, 0, EINTR, kAll}, 5},
      {&all_scenarios()[0], {{"poll", "ppoll"}, 0, ENOMEM, kAll}, 6},
      {&all_scenarios()[0], {{"clone", "vfork"}, 0, EAGAIN, kWorkers}, 4},
      {&all_scenarios()[1], {{"pidfd_send_signal"}, 0, EPERM, kWorkers}, 4},
      {&all_scenarios()[2], {{"ftruncate"}, 0, EINTR, kWorkers}, 4},
      {&all_scenarios()[0], {{"sched_setaffinity"}, 0, EINVAL, kMain | kWorkers}, 4},
      {&recorded, {{"read"}, 0, EINTR, kMain}, 6},
  };
  for (const Sweep& sweep : passing) {
    for (Fault fault = sweep.fault; fault.nth < sweep.count;) {
      ++fault.nth;
      const FaultedRun run = run_faulted(*sweep.scenario, fault);
      check(run);
      INFO(run.told);
      CHECK(run.exit_status == 0);
      CHECK(run.seconds < 5 * kSlowness);
      if (fault.nth == 1) CHECK(run.report.reached);
      if (!run.report.reached) break;
    }
  }
}

TEST_CASE("where calls fail for good, the run ends soon, tells why, and leaves nothing behind") {
  if (!is_possible_here()) return;
  const std::vector<std::string> stats{"newfstatat", "fstat", "statx", "access", "faccessat"};
  const auto lasting = [](std::vector<std::string> calls, unsigned nth, int error, unsigned whose) {
    return Fault{std::move(calls), nth, error, whose, true};
  };
  const std::vector<std::pair<const char*, Fault>> faults{
      {"persistent", lasting(stats, 1, EACCES, kWorkers)},    {"exec", lasting({"openat"}, 1, EMFILE, kWorkers)},
      {"exec", lasting({"getdents64"}, 1, ENOENT, kWorkers)}, {"leaking", lasting({"openat"}, 1, ENFILE, kWorkers)},
      {"leaking", lasting({"openat"}, 7, ENFILE, kWorkers)},  {"persistent", lasting({"read"}, 20, EIO, kWorkers)},
      {"resumed", {{"pidfd_open"}, 1, EMFILE, kMain}},
  };
  for (const auto& [name, fault] : faults) {
    const auto scenario = std::find_if(all_scenarios().begin(), all_scenarios().end(),
                                       [name = name](const Scenario& each) { return each.name == name; });
    REQUIRE(scenario != all_scenarios().end());
    const FaultedRun run = run_faulted(*scenario, fault);
    check(run);
    INFO(run.told);
    CHECK(run.report.reached);
    CHECK(run.seconds < 8 * kSlowness);
  }
}

TEST_CASE("a system call that fails, wherever it is, ends in a right result or in an error that is told", "[soak]") {
  if (kSlowness != 1) {
    WARN("skipped: the sanitizers' own calls fail, too, and they end the program then");
    return;
  }
  if (!is_possible_here()) return;
  const std::vector<Sweep> all = sweeps();
  REQUIRE_FALSE(all.empty());
  Tally tally;
  const auto inject_some = [&](unsigned seed) {
    CAPTURE(seed);
    std::mt19937 random(seed);
    const Sweep& sweep = all[random() % all.size()];
    const unsigned nth = 1 + static_cast<unsigned>(random() % sweep.count);
    (void)inject(sweep, nth, random() % 2 == 0 && may_last(sweep.fault), tally);
  };
  Rounds rounds{10};
  while (const auto seed = rounds.next()) inject_some(*seed);
  for (int other = 0; other < 4; ++other) inject_some(std::random_device{}());
  WARN(text_of(tally));
}

TEST_CASE("each call of each kind that fails ends in a right result or in an error that is told", "[.][soak]") {
  if (!is_possible_here()) return;
  const std::vector<Sweep> all = sweeps();
  Tally tally;
  Rounds rounds{1};
  while (const auto seed = rounds.next()) {
    CAPTURE(*seed);
    std::mt19937 random(*seed);
    const Sweep& sweep = all[random() % all.size()];
    // Not all of the hundreds of times that much output is read and written.
    constexpr unsigned kMost = 40;
    const unsigned step = 1 + sweep.count / kMost;
    unsigned nth = 1 + static_cast<unsigned>(random() % step);
    while (inject(sweep, nth, false, tally)) nth += step;
  }
  WARN(rounds.count() << " of " << all.size() << " sweeps; " << text_of(tally));
}

TEST_CASE("the one fault that MPR_FAULT names", "[.]") {
  // "persistent access 13 6 5 1": the scenario, call, errno, whose, n, and whether it lasts.
  const char* named = std::getenv("MPR_FAULT");
  if (!is_possible_here() || named == nullptr) return;
  std::istringstream words(named);
  std::string scenario;
  std::string call;
  Fault fault;
  words >> scenario >> call >> fault.error >> fault.whose >> fault.nth >> fault.lasting;
  for (const Kind& kind : kinds()) {
    if (std::count(kind.calls.begin(), kind.calls.end(), call) > 0) fault.calls = kind.calls;
  }
  for (const Scenario& each : all_scenarios()) {
    if (each.name != scenario) continue;
    const FaultedRun run = run_faulted(each, fault);
    check(run);
    WARN(run.told);
  }
}
