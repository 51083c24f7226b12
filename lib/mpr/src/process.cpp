#include "mpr/process.hpp"

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <span>
#include <stdexcept>
#include <string_view>

#include "exception_text.hpp"
#include "os/descriptors.hpp"
#include "os/io.hpp"
#include "os/own_thread.hpp"
#include "os/poll_set.hpp"
#include "os/process_handle.hpp"
#include "os/signals.hpp"
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
  std::optional<int> pid{};
  // Protected by the registry, because active_children() may be called by other threads.
  os::ProcessHandle handle{};
  std::optional<int> exit_code{};
};

/// The children of this process that have been started and whose objects are still there.
class ProcessRegistry {
 public:
  using Child = Process::Child;
  using Children = std::vector<std::shared_ptr<Child>>;

  static ProcessRegistry& of_this_process() {
    static ProcessRegistry& registry = *new ProcessRegistry;
    return registry;
  }

  void add(const std::shared_ptr<Child>& child, os::ProcessHandle handle) {
    const std::lock_guard guard(mutex_);
    child->pid = handle.pid();
    // Where SIGCHLD is ignored, it may be gone before it could be watched: then something else that is readable.
    child->handle = handle.fd() ? std::move(handle) : os::ProcessHandle{handle.pid(), os::open_null()};
    children_.push_back(child);
  }

  /// Reaps it if it has ended.
  bool has_ended(Child& child) {
    const std::lock_guard guard(mutex_);
    return reap(child);
  }

  bool join_until(Child& child, os::Time deadline) {
    while (!has_ended(child)) {
      // Its descriptor stays until its object goes, whoever reaps it.
      if (!os::wait_until_readable(child.handle.fd(), deadline)) return has_ended(child);
    }
    return true;
  }

  void signal(Child& child, int signal) {
    const std::lock_guard guard(mutex_);
    if (!reap(child)) child.handle.signal(signal);
  }

  Children running() {
    const std::lock_guard guard(mutex_);
    Children all;
    for (const auto& child : children_) {
      if (!reap(*child)) all.push_back(child);
    }
    return all;
  }

  /// As destructors and the end of a process do: all are told first, and have their time together.
  void see_to_their_end(const Children& children) {
    if (children.empty()) return;
    for (const auto& child : children) {
      if (child->daemon) signal(*child, SIGTERM);
    }
    const os::Time limit = os::later(os::Clock::now(), kPatience);
    for (const auto& child : children) {
      if (child->daemon && !join_until(*child, limit)) signal(*child, SIGKILL);
    }
    for (const auto& child : children) (void)join_until(*child, os::kNever);
  }

  void remove(const std::shared_ptr<Child>& child) {
    see_to_their_end({child});
    const std::lock_guard guard(mutex_);
    std::erase(children_, child);
  }

 private:
  ProcessRegistry() {
    std::atexit([] { of_this_process().see_to_their_end(of_this_process().running()); });
    os::at_fork_in_child([] { of_this_process().forget_all(); });
  }

  bool reap(Child& child) {
    if (child.exit_code) return true;
    const auto end = child.handle.try_wait_keeping_fd();
    if (end) child.exit_code = code_of(*end);
    return end.has_value();
  }

  /// In a child: its siblings are not its own. Nobody else is here to hold the mutex.
  void forget_all() {
    for (const auto& child : children_) child->handle = {};
    children_.clear();
  }

  std::mutex mutex_;
  Children children_;
};

namespace {

ProcessRegistry& registry() {
  return ProcessRegistry::of_this_process();
}

/// Written whole, whatever stderr is. Where nobody reads it, that changes nothing.
void write_to_stderr(std::string_view text) noexcept try {
  const os::MaskGuard mask;
  os::block_too({SIGPIPE});
  std::fflush(stderr);
  for (auto left = std::as_bytes(std::span{text}); !left.empty();) {
    const os::IoResult result = os::write_some(os::kStderr, left);
    if (result.state == os::IoState::closed) return;
    if (result.state == os::IoState::would_block) os::wait_until_writable(os::kStderr);
    left = left.subspan(result.bytes);
  }
} catch (const std::exception&) {
}

/// An exception that leaves the child's function is told on stderr, as C++ programs and Python do.
int run_in_child(const std::function<int()>& body) {
  int code = 1;
  try {
    code = body();
  } catch (...) {
    const ExceptionText told = text_of(std::current_exception());
    std::string line = self().name + " (pid " + std::to_string(own_pid()) + "): " + told.type;
    if (!told.text.empty()) line += ": " + told.text;
    std::replace(line.begin(), line.end(), '\n', ' ');
    write_to_stderr(line + '\n');
  }
  registry().see_to_their_end(registry().running());
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
  if (child_ && child_->owner == own_pid()) registry().remove(child_);
  child_.reset();
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
  ProcessRegistry& children = registry();  // before the fork: it tells the child what to forget
  const int parent = own_pid();
  // The kernel counts the death of the thread that forks, not of the process (prctl(2)): so only of the main thread.
  const bool bound = known.daemon && os::own_thread().tid == parent;
  os::ProcessHandle handle = os::fork_child([&] {
    if (bound) os::die_with_parent(parent);
    become(known.name, known.identity, known.daemon, parent);
    return run_in_child(body_);
  });
  known.owner = parent;
  children.add(child_, std::move(handle));
  body_ = nullptr;
}

void Process::join() {
  (void)join_until(os::kNever);
}

bool Process::join_until(std::chrono::steady_clock::time_point deadline) {
  return registry().join_until(started("join()"), deadline);
}

bool Process::is_alive() {
  return child().pid && !registry().has_ended(started("is_alive()"));
}

std::optional<int> Process::exit_code() {
  if (!child().pid || !registry().has_ended(started("exit_code()"))) return std::nullopt;
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
  registry().signal(started("terminate()"), SIGTERM);
}
void Process::kill() {
  registry().signal(started("kill()"), SIGKILL);
}

void Process::close() {
  if (!child_) return;
  if (is_alive()) throw std::logic_error("close() of a process that is running: join() it first");
  finish();
  body_ = nullptr;
}

ProcessInfo current_process() {
  return {own_pid(), self().name, self().daemon};
}

std::vector<ProcessInfo> active_children() {
  std::vector<ProcessInfo> infos;
  for (const auto& child : registry().running()) infos.push_back({*child->pid, child->name, child->daemon});
  return infos;
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
