// A storm: whatever a run consists of is killed, crashed, stopped and continued at random, again and again, and the run
// resumed until it ends. Nothing may be left, lost, or there twice.
#include <signal.h>

#include <algorithm>
#include <map>
#include <numeric>
#include <random>
#include <sstream>
#include <thread>

#include <catch2/catch.hpp>

#include "support/mpr_command.hpp"
#include "support/process_table.hpp"
#include "support/rounds.hpp"

using namespace mpr::test;

namespace {

/// Jobs of all executors. Some tasks leave processes behind, some take a while, each has something to say.
constexpr const char* kManifest = R"({
  "version": 1,
  "defaults": {"retries": 1000, "kill_after": "200ms"},
  "jobs": {
    "alone": {"command": ["sh", "-c", "[ $(($0 % 5)) != 0 ] || setsid sleep 1000 & sleep 0.00$(($0 % 10)); echo alone $0"],
              "inputs": "1..100"},
    "served": {"command": ["bash", "-c", "[ $(($0 % 9)) != 0 ] || sleep 0.01; echo served $0"], "worker": "fork-server",
               "inputs": "1..100"},
    "square": {"command": ["JOBS/square"], "inputs": "1..2000"},
    "lines": {"command": ["HELPER", "answer-lines"], "worker": "lines", "inputs": "1..1000"},
    "json": {"command": ["HELPER", "answer-json", "json {};"], "worker": "json", "inputs": "1..500"},
    "sum": {"command": "awk '{sum += $1} END {printf \"%.0f\\n\", sum}'", "stdin": {"from": "square"}}
  }
}
)";

std::string replaced(std::string text, const std::string& what, const std::string& by) {
  for (size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += by.size())
    text.replace(at, what.size(), by);
  return text;
}

std::string manifest() {
  return replaced(replaced(kManifest, "JOBS", MPR_JOBS_DIR), "HELPER", kHelper);
}

/// What an undisturbed run prints, task by task.
std::vector<std::string> expected_results() {
  std::vector<std::string> all;
  const auto print = [&](const std::string& before, uint64_t last, const std::string& behind) {
    for (uint64_t n = 1; n <= last; ++n) all.push_back(before + std::to_string(n) + behind);
  };
  print("alone ", 100, "\n");
  print("served ", 100, "\n");
  uint64_t sum = 0;
  for (uint64_t n = 1; n <= 2000; ++n) {
    all.push_back(std::to_string(n * n) + "\n");
    sum += n * n;
  }
  print("", 1000, "\n");
  print("json ", 500, ";");
  all.push_back(std::to_string(sum) + "\n");
  return all;
}

/// Whole results of it, in its order, none twice; all from the beginning on, or, once a signal has had tasks cancelled,
/// some. The first that is not so, or nothing.
std::string first_wrong(const std::string& text, bool may_leave_out) {
  static const std::vector<std::string> expected = expected_results();
  size_t next = 0;
  for (size_t at = 0; at < text.size();) {
    const std::string result = text.substr(at, text.find_first_of("\n;", at) + 1 - at);
    at += result.size();
    while (may_leave_out && next < expected.size() && expected[next] != result) ++next;
    if (next == expected.size() || expected[next] != result) return "at " + std::to_string(at) + ": " + result;
    ++next;
  }
  return {};
}

size_t size_of(const std::vector<std::string>& texts) {
  return std::accumulate(texts.begin(), texts.end(), size_t{0},
                         [](size_t sum, const std::string& text) { return sum + text.size(); });
}

std::string first_line(const std::string& path) {
  const std::string text = read_file(path);
  return text.substr(0, text.find('\n'));
}

std::vector<pid_t> listed_children(pid_t pid) {
  const std::string process = std::to_string(pid);
  std::istringstream words(read_file("/proc/" + process + "/task/" + process + "/children"));
  std::vector<pid_t> found;
  for (pid_t child = 0; words >> child;) found.push_back(child);
  return found;
}

enum class Target { task, worker, server, resident, mpr, group };
constexpr std::array kNames{"task", "worker", "fork server", "process that stays", "mpr", "mpr's group"};

const char* signal_name(int number) {
  switch (number) {
    case SIGKILL:
      return "KILL";
    case SIGSEGV:
      return "SEGV";
    case SIGTERM:
      return "TERM";
    case SIGABRT:
      return "ABRT";
    case SIGINT:
      return "INT";
    case SIGTSTP:
      return "TSTP";
    default:
      return "STOP and CONT";
  }
}

using Counts = std::map<std::string, int>;

/// Strikes at the processes of one mpr while it runs.
class Storm {
 public:
  Storm(pid_t mpr, std::mt19937& random, Counts& counts) : mpr_(mpr), random_(random), counts_(counts) {}

  void rage() {
    while (is_alive(mpr_)) {
      std::this_thread::sleep_for(std::chrono::microseconds{below(10'000)});
      strike();
    }
  }

 private:
  uint32_t below(uint32_t limit) { return static_cast<uint32_t>(random_() % limit); }

  void strike() {
    const uint32_t die = below(100);
    if (die < 6) return strike_mpr();
    const auto workers = listed_children(mpr_);
    if (workers.empty()) return;
    const pid_t worker = workers[below(static_cast<uint32_t>(workers.size()))];
    if (die < 20) {
      struck_worker_ = Clock::now();
      return hit(Target::worker, worker, any_of({SIGKILL, SIGKILL, SIGSEGV, SIGABRT, SIGSTOP}));
    }
    const auto processes = listed_children(worker);
    if (processes.empty()) return;
    const pid_t process = processes[below(static_cast<uint32_t>(processes.size()))];
    hit(target_of(process, processes), process, any_of({SIGKILL, SIGSEGV, SIGTERM, SIGSTOP}));
  }

  void strike_mpr() {
    // What a worker leaves that is killed has to get to mpr: with both gone in the same instant, nobody is there for
    // it.
    if (Clock::now() - struck_worker_ < std::chrono::milliseconds{300}) return;
    const bool whole_group = below(3) == 0;
    const int signal = any_of({SIGKILL, SIGKILL, SIGSEGV, SIGTERM, SIGINT, SIGSTOP, SIGTSTP, SIGTSTP});
    hit(whole_group ? Target::group : Target::mpr, whole_group ? -mpr_ : mpr_, signal);
  }

  int any_of(std::initializer_list<int> signals) {
    return signals.begin()[below(static_cast<uint32_t>(signals.size()))];
  }

  static Target target_of(pid_t process, const std::vector<pid_t>& siblings) {
    const std::string name = first_line("/proc/" + std::to_string(process) + "/comm");
    if (name == "square" || name == "helper") return Target::resident;
    return name == "bash" && process == siblings.front() ? Target::server : Target::task;
  }

  void hit(Target target, pid_t pid, int signal) {
    if (::kill(pid, signal) != 0) return;
    ++counts_[std::string(kNames[static_cast<size_t>(target)]) + ": " + signal_name(signal)];
    if (signal != SIGSTOP) return;
    std::this_thread::sleep_for(std::chrono::microseconds{below(5'000)});
    ::kill(pid, SIGCONT);
  }

  pid_t mpr_;
  std::mt19937& random_;
  Counts& counts_;
  Clock::time_point struck_worker_{};
};

/// Strikes and resumes a run until it gets to its end; answers how often it was started.
int weather(unsigned seed, Counts& counts) {
  std::mt19937 random(seed);
  const TempDir dir;
  dir.write("m.json", manifest());
  Options options;
  options.directory = dir.path();
  options.limit = std::chrono::seconds{60};
  for (int starts = 1;; ++starts) {
    RunningMpr mpr({"run", "m.json", "--resume", "-q", "-j3"}, options);
    Storm{mpr->pid(), random, counts}.rage();
    const Result result = mpr->wait();
    INFO(result);
    const std::string wrong = first_wrong(result.out, result.signal == SIGTERM || result.signal == SIGINT);
    CAPTURE(wrong);
    REQUIRE(wrong.empty());
    if (result.signal != 0) continue;
    REQUIRE(result.exit_status == 0);
    REQUIRE(result.out.size() == size_of(expected_results()));
    return starts;
  }
}

}  // namespace

TEST_CASE("a run that is struck at random, all over, and resumed, loses nothing, doubles nothing and leaves nothing",
          "[soak]") {
  if (kSlowness != 1) {
    WARN("skipped: the sanitizers' slow ends widen the gap in which two kills are more than mpr can stand");
    return;
  }
  Counts counts;
  int starts = 0;
  Rounds rounds{2};
  while (const auto seed = rounds.next()) {
    CAPTURE(*seed);
    starts += weather(*seed, counts);
  }
  std::string told = std::to_string(rounds.count()) + " runs, started " + std::to_string(starts) + " times; ";
  int all = 0;
  for (const auto& [what, count] : counts) all += count;
  told += std::to_string(all) + " kills:";
  for (const auto& [what, count] : counts) told += "\n  " + what + ": " + std::to_string(count);
  WARN(told);
  CHECK(all > 0);
}
