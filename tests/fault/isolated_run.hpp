// Runs of mpr under --isolate pid, and who takes part in them.
#pragma once

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <vector>

#include "support/mpr_command.hpp"
#include "support/process_table.hpp"
#include "support/temp_dir.hpp"

namespace mpr::test {

/// As whom mpr is started, and with it in what: root's PID namespaces, or those in a user namespace.
struct Starter {
  std::string name;
  Argv prefix;
};

inline Argv operator+(Argv words, const Argv& more) {
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

/// Those as whom mpr can be started here, and for whom the system has namespaces: which is found out without mpr.
inline std::vector<Starter> starters() {
  std::vector<Starter> all{{"as we are", {}}};
  if (::geteuid() == 0) all.push_back({"as nobody", {"setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"}});
  std::vector<Starter> able;
  for (const Starter& starter : all) {
    const bool is_root = starter.prefix.empty() && ::geteuid() == 0;
    const Argv probe = is_root ? Argv{"unshare", "-pf", "true"} : Argv{"unshare", "-Ucpf", "true"};
    const Result possible = run(starter.prefix + probe);
    const Result mpr = run(starter.prefix + Argv{kMpr, "--version"});
    if (possible.success() && mpr.success()) {
      able.push_back(starter);
    } else {
      WARN(starter.name << ": there are no namespaces to be had: " << possible.err << mpr.err);
    }
  }
  return able;
}

/// A directory that everybody may write to.
class OpenDir : public TempDir {
 public:
  OpenDir() { std::filesystem::permissions(path(), std::filesystem::perms::all); }
};

/// `words` begin with a command of mpr's.
inline Argv isolated(const Starter& starter, const Argv& words) {
  Argv argv = starter.prefix + Argv{kMpr, words.front(), "--isolate", "pid"};
  argv.insert(argv.end(), words.begin() + 1, words.end());
  return argv;
}

/// Also where mpr is started as somebody else.
inline Options mark_for_all(const Census& census, const Options& options) {
  std::filesystem::permissions(census.temp_dir().path(), std::filesystem::perms::all);
  return census.mark(with_names(options));
}

inline Result run_isolated(const Starter& starter, const Argv& words, const Options& options = {}) {
  const Census census;
  return run(isolated(starter, words), mark_for_all(census, options));
}

/// In the background of a test, like RunningMpr.
class IsolatedMpr {
 public:
  IsolatedMpr(const Starter& starter, const Argv& words, const Options& options = {})
      : running_(isolated(starter, words), mark_for_all(census_, options)) {
    ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  }
  IsolatedMpr(const IsolatedMpr&) = delete;
  IsolatedMpr& operator=(const IsolatedMpr&) = delete;
  ~IsolatedMpr() { ::prctl(PR_SET_CHILD_SUBREAPER, 0); }
  Running* operator->() { return &running_; }
  Census& census() { return census_; }

  /// Waits for mpr, and for all that falls to us when it has been killed.
  Result await_all() {
    const Result result = running_.wait();
    CHECK(wait_until([] { return ::waitpid(-1, nullptr, WNOHANG) < 0; }));
    return result;
  }

  /// The first process of the namespace; -1 if there is none.
  [[nodiscard]] pid_t init() const { return child_named("mpr-init"); }
  [[nodiscard]] pid_t worker() const { return child_named("mpr-worker-1"); }
  /// Whether it has begun: one that is stopped in the instant in which it is made cannot end with its mpr.
  [[nodiscard]] static bool has_begun(pid_t process) {
    return read_file("/proc/" + std::to_string(process) + "/comm").starts_with("mpr-");
  }
  /// All children of mpr: workers and the init.
  [[nodiscard]] std::vector<pid_t> crew() const { return children_of(running_.pid()); }

 private:
  [[nodiscard]] pid_t child_named(const std::string& name) const {
    for (const pid_t child : crew()) {
      if (is_alive(child) && read_file("/proc/" + std::to_string(child) + "/comm") == name + "\n") return child;
    }
    return -1;
  }

  Census census_;
  Running running_;
};

/// A script that leaves what withstands everything but SIGKILL, says so by creating $READY-N, and goes on.
inline constexpr const char* kStubborn = R"(
  (trap '' TERM INT HUP QUIT; exec setsid sleep 1000) >/dev/null 2>&1 &
  (trap '' TERM INT HUP QUIT; setsid sh -c 'trap "" TERM INT HUP QUIT; sleep 1000; exit') &
  "$HELPER" daemon
  touch "$READY-$MPR_TASK"
  trap '' TERM INT HUP QUIT
  sleep 1000; exit)";

}  // namespace mpr::test
