#include "support/failing_calls.hpp"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <sstream>
#include <stdexcept>

#include "call_filter.hpp"
#include "call_names.hpp"
#include "launch.hpp"
#include "support/temp_dir.hpp"

namespace mpr::test {

namespace {

constexpr Limit kLastOnes = std::chrono::seconds{5} * kSlowness;

std::string program_of(pid_t process) {
  char path[PATH_MAX];
  const ssize_t size = readlink(("/proc/" + std::to_string(process) + "/exe").c_str(), path, sizeof path);
  return size < 0 ? std::string{} : std::string(path, static_cast<size_t>(size));
}

pid_t parent_of(pid_t process) {
  const std::string stat = read_file("/proc/" + std::to_string(process) + "/stat");
  std::istringstream rest(stat.substr(std::min(stat.rfind(')') + 1, stat.size())));
  char state = 0;
  pid_t parent = 0;
  rest >> state >> parent;
  return parent;
}

bool is_main_mark(const seccomp_data& call) {
  return call.nr == SYS_fcntl;
}

/// Whether the manual knows an error for it.
bool can_fail(const seccomp_data& call) {
  if (call.nr != SYS_fcntl) return true;
  const auto command = static_cast<int>(call.args[1]);
  return command == F_DUPFD || command == F_DUPFD_CLOEXEC || command == F_SETLK || command == F_OFD_SETLK;
}

std::vector<int> filtered(std::vector<int> calls, bool all) {
  if (all) return {};
  if (std::count(calls.begin(), calls.end(), SYS_fcntl) == 0) calls.push_back(SYS_fcntl);
  return calls;
}

}  // namespace

class FailingCalls::Supervisor {
 public:
  explicit Supervisor(Fault fault)
      : fault_(std::move(fault)),
        numbers_(call_numbers(fault_.calls)),
        filter_(filtered(numbers_, fault_.calls.empty())),
        stop_(eventfd(0, EFD_CLOEXEC)),
        thread_([this] { supervise(); }) {}
  Supervisor(const Supervisor&) = delete;
  Supervisor& operator=(const Supervisor&) = delete;
  ~Supervisor() {
    finish();
    ::close(stop_);
  }

  [[nodiscard]] const CallFilter& filter() const { return filter_; }

  Report finish() {
    if (!thread_.joinable()) return report_;
    const uint64_t one = 1;
    [[maybe_unused]] const ssize_t told = ::write(stop_, &one, sizeof one);
    thread_.join();
    close_if_open(listener_);
    return report_;
  }

 private:
  void supervise() {
    bool stopping = false;
    Clock::time_point until{};
    for (;;) {
      pollfd watched[] = {{listener_ < 0 ? filter_.arrival() : listener_, POLLIN, 0},
                          {stopping ? -1 : stop_, POLLIN, 0}};
      const auto left = std::chrono::ceil<Limit>(until - Clock::now()).count();
      const int ready = ::poll(watched, 2, stopping ? static_cast<int>(std::max<long>(0, left)) : -1);
      if (stopping && (ready == 0 || left <= 0)) return;
      if ((watched[0].revents & POLLIN) != 0) {
        if (listener_ < 0) {
          listener_ = filter_.take_listener();
        } else {
          answer();
        }
      } else if (watched[0].revents != 0) {
        return;  // nobody is left who has the filter
      }
      if (watched[1].revents != 0) {
        stopping = true;
        if (listener_ < 0) return;
        until = Clock::now() + kLastOnes;
      }
    }
  }

  void answer() {
    seccomp_notif asked{};
    if (ioctl(listener_, SECCOMP_IOCTL_NOTIF_RECV, &asked) != 0) return;  // killed meanwhile
    seccomp_notif_resp answer{};
    answer.id = asked.id;
    answer.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
    if (is_struck(asked)) {
      if (fault_.error == 0) {
        ::kill(static_cast<pid_t>(asked.pid), SIGKILL);
        return;
      }
      answer.flags = 0;
      answer.error = -fault_.error;
    }
    ioctl(listener_, SECCOMP_IOCTL_NOTIF_SEND, &answer);
  }

  bool is_struck(const seccomp_notif& asked) {
    const auto process = static_cast<pid_t>(asked.pid);
    if (main_ == 0) main_ = process;
    if (program_.empty()) {
      if (process != main_ || !is_main_mark(asked.data)) return false;
      program_ = program_of(main_);
    }
    const bool chosen =
        numbers_.empty() || std::count(numbers_.begin(), numbers_.end(), static_cast<int>(asked.data.nr)) > 0;
    if (!chosen || !can_fail(asked.data)) return false;
    const Whose whose = whose_call(process);
    ++report_.seen[{whose, call_name(asked.data.nr)}];
    if ((fault_.whose & whose) == 0) return false;
    ++report_.counted;
    if (report_.reached) return fault_.lasting;
    if (report_.counted != fault_.nth) return false;
    report_.reached = true;
    report_.call = call_name(asked.data.nr);
    report_.whose = whose;
    report_.words = {asked.data.args[0], asked.data.args[1]};
    return true;
  }

  Whose whose_call(pid_t process) const {
    if (process == main_) return kMain;
    if (program_of(process) != program_) return kTasks;
    return parent_of(process) == main_ ? kWorkers : kStarting;
  }

  Fault fault_;
  std::vector<int> numbers_;
  CallFilter filter_;
  int stop_;
  int listener_ = -1;
  pid_t main_ = 0;
  std::string program_;  ///< empty: its main has not begun
  Report report_;
  std::thread thread_;
};

const std::optional<std::string>& FailingCalls::obstacle() {
  static const std::optional<std::string> obstacle = []() -> std::optional<std::string> {
    const CallFilter filter({SYS_getppid});
    const pid_t child = fork();
    if (child < 0) return "fork failed";
    if (child == 0) _exit(filter.install() ? 0 : errno);
    int status = 0;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return std::nullopt;
    return std::string("seccomp: ") + (WIFEXITED(status) ? strerror(WEXITSTATUS(status)) : "it ended the process");
  }();
  return obstacle;
}

FailingCalls::FailingCalls(Fault fault) : supervisor_(std::make_unique<Supervisor>(std::move(fault))) {}

FailingCalls::~FailingCalls() = default;

Options FailingCalls::into(Options options) const {
  options.in_child = [filter = &supervisor_->filter()] { return filter->install(); };
  return options;
}

FailingCalls::Report FailingCalls::finish() {
  return supervisor_->finish();
}

}  // namespace mpr::test
