#include "os/stopped_descendants.hpp"

#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdint>
#include <set>
#include <string>

#include "os/io.hpp"
#include "proc_children.hpp"
#include "proc_numbers.hpp"

namespace mpr::os {
namespace {

/// R, S, D, T (stopped), t (traced), Z (ended), ... as in /proc/<pid>/stat, behind the name, which is in parentheses
/// and may hold any byte. Z as well when there is no such process.
char state_of(const std::string& name) {
  const auto stat = read_file("/proc/" + name + "/stat");
  const size_t name_end = stat ? stat->rfind(") ") : std::string::npos;
  return name_end == std::string::npos || name_end + 2 >= stat->size() ? 'Z' : (*stat)[name_end + 2];
}

/// One pass through the tree, parents first: a process that has stopped can neither start nor reap others.
class Pass {
 public:
  Pass(std::set<pid_t>& seen, std::vector<ProcessIdentity>& stopped) : seen_(seen), stopped_(stopped) {}

  enum class Found : uint8_t { running, held_up, stopped };

  /// What is the case of all that there is: it has stopped; or would, but for some that the kernel holds up and which
  /// do nothing before they stop, such as the parent in a vfork whose child has stopped; or runs.
  Found run() {
    for (ProcNumbers level = named_children_of("self"); !level.empty();) {
      ProcNumbers next;
      for (const std::string& name : level) {
        visit(name);
        const ProcNumbers children = named_children_of(name);
        next.insert(next.end(), children.begin(), children.end());
      }
      level = std::move(next);
    }
    return found_;
  }

 private:
  void visit(const std::string& name) {
    const char state = state_of(name);
    const auto pid = our_number_of(name);
    if (!pid) return;
    const bool fresh = seen_.insert(*pid).second;
    if (state == 'T' || state == 't' || state == 'Z' || state == 'X') return;
    found_ = std::min(found_, state == 'D' && !fresh ? Found::held_up : Found::running);
    if (!fresh) return;
    stopped_.push_back(ProcessIdentity::of(*pid));
    ::kill(*pid, SIGSTOP);
  }

  std::set<pid_t>& seen_;
  std::vector<ProcessIdentity>& stopped_;
  Found found_ = Found::stopped;
};

}  // namespace

StoppedDescendants StoppedDescendants::stop(Time deadline) {
  constexpr std::chrono::milliseconds kPause{1};
  constexpr int kMostHeldUp = 5;
  StoppedDescendants all;
  std::set<pid_t> seen;
  // Again, for what was being forked meanwhile, and until they have stopped.
  for (int held_up = 0; held_up < kMostHeldUp && Clock::now() < deadline; sleep_for(kPause)) {
    const Pass::Found found = Pass{seen, all.stopped_}.run();
    if (found == Pass::Found::stopped) break;
    held_up = found == Pass::Found::held_up ? held_up + 1 : 0;
  }
  return all;
}

void StoppedDescendants::go_on() const {
  // Children first: a parent may look after them as soon as it goes on.
  for (auto each = stopped_.rbegin(); each != stopped_.rend(); ++each) {
    if (each->is_alive()) ::kill(each->pid, SIGCONT);
  }
}

}  // namespace mpr::os
