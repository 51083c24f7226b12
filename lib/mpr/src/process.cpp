#include "mpr/process.hpp"

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <stdexcept>

#include "exception_text.hpp"
#include "os/own_thread.hpp"
#include "os/poll_set.hpp"
#include "os/process_handle.hpp"
#include "self.hpp"

namespace mpr {
namespace {

// Somebody else has waited for the child, or SIGCHLD is ignored: how it ended is not known. Python says the same.
constexpr int kUnknownExit = 255;
// For a daemon that was told to end.
constexpr std::chrono::seconds kPatience{2};

int code_of(const os::ProcessEnd& end) {
  if (end.lost) return kUnknownExit;
  return end.status.signal() ? -end.status.signal() : end.status.code();
}

int own_pid() {
  return os::own_thread().pid;
}

}  // namespace

Self& self() {
  static Self& self = *new Self;  // needed by exit handlers, whenever they run
  return self;
}

void become(std::string name, std::string identity, bool daemon, int parent_pid) {
  Self& me = self();
  me.parent_name = std::exchange(me.name, std::move(name));
  me.identity = std::move(identity);
  me.daemon = daemon;
  me.children = 0;
  me.parent_pid = parent_pid;
}

struct Process::Child {
  std::string name;
  std::string identity;
  bool daemon = false;
  int owner = 0;  ///< pid of the process that started it
  os::ProcessHandle handle{};
  std::optional<int> pid{};
  std::optional<int> exit_code{};

  bool wait_until(os::Time deadline) {
    if (!handle) return true;
    const auto end = handle.wait_until(deadline);
    if (end) exit_code = code_of(*end);
    return end.has_value();
  }

  /// As a destructor or the end of the program does.
  void see_to_its_end() {
    if (daemon) {
      handle.signal(SIGTERM);
      if (!wait_until(os::later(os::Clock::now(), kPatience))) handle.signal(SIGKILL);
    }
    (void)wait_until(os::kNever);
  }
};

/// The children of this process that have been started and not joined.
class ProcessRegistry {
 public:
  static ProcessRegistry& of_this_process() {
    static ProcessRegistry& registry = *new ProcessRegistry;
    return registry;
  }

  void add(const std::shared_ptr<Process::Child>& child) {
    const std::lock_guard guard(mutex_);
    children_.push_back(child);
  }

  std::vector<ProcessInfo> active() {
    std::vector<ProcessInfo> infos;
    const std::lock_guard guard(mutex_);
    std::erase_if(children_, [](const auto& child) { return child->wait_until(os::Time::min()); });
    for (const auto& child : children_) infos.push_back({*child->pid, child->name, child->daemon});
    return infos;
  }

  void remove(const std::shared_ptr<Process::Child>& child) {
    const std::lock_guard guard(mutex_);
    std::erase(children_, child);
  }

  /// At the end of this process.
  void end_all() {
    for (const auto& child : children_) {
      if (child->daemon) child->handle.signal(SIGTERM);
    }
    for (const auto& child : children_) child->see_to_its_end();
    children_.clear();
  }

 private:
  ProcessRegistry() {
    std::atexit([] { of_this_process().end_all(); });
    os::at_fork_in_child([] { of_this_process().forget_all(); });
  }

  /// In a child: its siblings are not its own. Nobody else is here to hold the mutex.
  void forget_all() {
    for (const auto& child : children_) child->handle = {};
    children_.clear();
  }

  std::mutex mutex_;
  std::vector<std::shared_ptr<Process::Child>> children_;
};

namespace {

/// An exception that leaves the child's function is told on stderr, as C++ programs and Python do.
int run_in_child(const std::function<int()>& body) {
  int code = 1;
  try {
    code = body();
  } catch (...) {
    const ExceptionText told = text_of(std::current_exception());
    const std::string what = told.text.empty() ? told.type : told.type + ": " + told.text;
    std::fprintf(stderr, "%s (pid %d): %s\n", self().name.c_str(), own_pid(), what.c_str());
  }
  ProcessRegistry::of_this_process().end_all();
  return code;
}

}  // namespace

Process::Process(ProcessOptions options, Body body, Erased)
    : body_(std::move(body)), child_(std::make_shared<Child>()) {
  Self& me = self();
  const std::string number = std::to_string(++me.children);
  child_->identity = me.identity.empty() ? number : me.identity + ":" + number;
  child_->name = options.name.empty() ? "Process-" + child_->identity : std::move(options.name);
  child_->daemon = options.daemon.value_or(me.daemon);
}

void Process::finish() noexcept {
  if (!child_ || !child_->handle || child_->owner != own_pid()) return;
  child_->see_to_its_end();
  ProcessRegistry::of_this_process().remove(child_);
}

Process& Process::operator=(Process&& other) noexcept {
  if (this == &other) return *this;
  finish();
  body_ = std::move(other.body_);
  child_ = std::move(other.child_);
  return *this;
}

Process::~Process() {
  finish();
}

Process::Child& Process::child() const {
  if (!child_) throw std::logic_error("the process object is closed");
  return *child_;
}

Process::Child& Process::started(const char* what) const {
  Child& known = child();
  if (!known.pid) throw std::logic_error(std::string(what) + " before start()");
  if (known.owner != own_pid()) throw std::logic_error(std::string(what) + ": the process is not a child of this one");
  return known;
}

void Process::start() {
  Child& known = child();
  if (known.pid) throw std::logic_error("start() twice");
  ProcessRegistry& registry = ProcessRegistry::of_this_process();
  const int parent = own_pid();
  // The kernel counts the death of the thread that forks, not of the process (prctl(2)): so only of the main thread.
  const bool bound = known.daemon && os::own_thread().tid == parent;
  known.handle = os::fork_child([&] {
    if (bound) os::die_with_parent(parent);
    become(known.name, known.identity, known.daemon, parent);
    return run_in_child(body_);
  });
  known.pid = known.handle.pid();
  known.owner = parent;
  registry.add(child_);
  body_ = nullptr;
}

void Process::join() {
  (void)join_until(os::kNever);
}

bool Process::join_until(std::chrono::steady_clock::time_point deadline) {
  if (!started("join()").wait_until(deadline)) return false;
  ProcessRegistry::of_this_process().remove(child_);
  return true;
}

bool Process::is_alive() {
  return child().pid && !join_until(os::Time::min());
}

std::optional<int> Process::exit_code() {
  if (child().pid) (void)join_until(os::Time::min());
  return child().exit_code;
}

std::optional<int> Process::pid() const {
  return child().pid;
}
const std::string& Process::name() const {
  return child().name;
}
bool Process::daemon() const {
  return child().daemon;
}

os::FdRef Process::sentinel() const {
  return started("sentinel()").handle.fd();
}

void Process::terminate() {
  started("terminate()").handle.signal(SIGTERM);
}
void Process::kill() {
  started("kill()").handle.signal(SIGKILL);
}

void Process::close() {
  if (!child_) return;
  if (is_alive()) throw std::logic_error("close() of a process that is running: join() it first");
  child_.reset();
  body_ = nullptr;
}

ProcessInfo current_process() {
  return {own_pid(), self().name, self().daemon};
}

std::vector<ProcessInfo> active_children() {
  return ProcessRegistry::of_this_process().active();
}

ParentProcess::ParentProcess(int pid, std::string name)
    : pid_(pid), name_(std::move(name)), process_(std::make_shared<os::UniqueFd>(os::open_parent(pid))) {}

bool ParentProcess::join_until(std::chrono::steady_clock::time_point deadline) const {
  return !*process_ || os::wait_until_readable(*process_, deadline);
}

std::optional<ParentProcess> parent_process() {
  const Self& me = self();
  if (me.parent_pid == 0) return std::nullopt;
  return ParentProcess{me.parent_pid, me.parent_name};
}

}  // namespace mpr
