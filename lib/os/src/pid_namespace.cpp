#include "os/pid_namespace.hpp"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <optional>
#include <span>
#include <string>

#include "namespace_refusal.hpp"
#include "os/descendants.hpp"
#include "os/descriptors.hpp"
#include "os/error.hpp"
#include "os/io.hpp"
#include "os/poll_set.hpp"
#include "os/signals.hpp"
#include "os/socket.hpp"
#include "os/temporary_file.hpp"
#include "proc_numbers.hpp"

namespace mpr::os {
namespace {

constexpr std::chrono::seconds kInitLimit{10};

/// What passes between the two ends of the control socket: a request, and the init's answer to it.
using Message = std::byte;
constexpr Message kReady{1};
constexpr Message kSweep{2};

bool send(FdRef control, Message message) {
  return send_some(control, std::span{&message, 1}).state == IoState::done;
}

/// None when the other side has gone, or the time is over.
std::optional<Message> receive(FdRef control, Time deadline) {
  Message message{};
  std::vector<UniqueFd> none;
  if (!wait_until_readable(control, deadline)) return std::nullopt;
  if (receive_some(control, std::span{&message, 1}, none).state != IoState::done) return std::nullopt;
  return message;
}

// --- The init ---

void leave_everything(FdRef control) {
  block_all();
  // The kernel reaps for us what has ended.
  ignore_signal(SIGCHLD);
  lead_own_process_group();
  const UniqueFd null = open_null();
  for (const FdRef standard : {kStdin, kStdout, kStderr}) redirect(standard, null);
  close_all_from(3, control);
}

/// The first process of a namespace. Ends when the process that made the namespace does, or closes its end.
int be_init(FdRef control) {
  leave_everything(control);
  // Not before we have fallen to the process that is to be watched: the one in between ends first.
  if (!receive(control, kNever)) return 1;
  check(::prctl(PR_SET_PDEATHSIG, SIGKILL), "prctl");
  name_this_process("mpr-init");
  // Had it ended before that, this would fail.
  if (!send(control, kReady)) return 1;
  while (receive(control, kNever)) {
    (void)end_descendants(Clock::now() + kInitLimit);
    if (!send(control, kSweep)) break;
  }
  return 0;
}

// --- Making it ---

void write_setting(const char* path, const std::string& text) {
  const UniqueFd file{check(::open(path, O_WRONLY | O_CLOEXEC), path)};
  check(::write(file.get(), text.data(), text.size()), path);
}

/// In a user namespace of our own we may make other namespaces.
void enter_own_user_namespace() {
  const std::string user = std::to_string(::geteuid());
  const std::string group = std::to_string(::getegid());
  if (::unshare(CLONE_NEWUSER) != 0) refuse_user_namespace(errno);
  try {
    write_setting("/proc/self/setgroups", "deny");
    write_setting("/proc/self/uid_map", user + " " + user + " 1");
    write_setting("/proc/self/gid_map", group + " " + group + " 1");
  } catch (const std::system_error& error) {
    refuse_user_namespace(error.code().value());
  }
}

ProcessHandle fork_init(FdRef control) {
  // Not for this process itself: only in between, so that it goes on having other children.
  const std::function<void()> enter = [] { check(::unshare(CLONE_NEWPID), "unshare"); };
  const ForkThrough through(enter);
  return fork_child([&] { return be_init(control); });
}

ProcessHandle fork_init_with_rights(FdRef control) {
  try {
    return fork_init(control);
  } catch (const std::system_error& error) {
    if (error.code().value() != EPERM) refuse_pid_namespace(error.code().value());
  }
  enter_own_user_namespace();
  try {
    return fork_init(control);
  } catch (const std::system_error& error) {
    refuse_pid_namespace(error.code().value());
  }
}

}  // namespace

PidNamespace::PidNamespace() {
  if (::access("/proc/self/ns/pid", F_OK) != 0) {
    throw NamespaceRefused("there is no /proc that shows this process", "mount /proc, or go without --isolate");
  }
  become_subreaper();
  SocketPair control = make_socket_pair();
  init_ = fork_init_with_rights(control.second);
  control.second.reset();
  control_ = std::move(control.first);
  const std::string path = "/proc/" + std::to_string(init_.pid()) + "/ns/pid";
  space_.reset(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  const int error = space_ ? 0 : errno;
  if (space_ && send(control_, kReady) && receive(control_, Clock::now() + kInitLimit)) return;
  (void)end(Clock::now() + kInitLimit);
  if (error != 0 && error != ENOENT) refuse_pid_namespace(error);
  throw std::runtime_error("the first process of the PID namespace has ended before anything was run in it");
}

PidNamespace::~PidNamespace() {
  (void)end(Clock::now() + kInitLimit);
}

PidNamespace::Inside::Inside(const PidNamespace& there)
    : enter_([space = there.space_.get()] { check(::setns(space, CLONE_NEWPID), "setns"); }), through_(enter_) {}

bool PidNamespace::sweep(Time deadline) {
  // An answer that came too late for its request.
  while (control_ && readable_now(control_) && receive(control_, Time::min())) {
  }
  return control_ && send(control_, kSweep) && receive(control_, deadline);
}

bool PidNamespace::is_lost(Time deadline) {
  if (!control_) return true;
  while (wait_until_readable(control_, deadline)) {
    if (!receive(control_, deadline)) return true;
  }
  return false;
}

bool PidNamespace::end(Time deadline) {
  control_.reset();
  space_.reset();
  if (!init_) return true;
  // It may have been stopped.
  init_.signal(SIGKILL);
  return init_.wait_until(deadline).has_value();
}

bool mount_own_proc() {
  if (proc_has_our_numbers()) return true;
  keep_proc();
  if (::unshare(CLONE_NEWNS) != 0) return false;
  // What is mounted here is for us alone; what others mount later is for us too.
  if (::mount(nullptr, "/", nullptr, MS_REC | MS_SLAVE, nullptr) != 0) return false;
  if (::mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, nullptr) != 0) return false;
  forget_proc_numbers();
  return true;
}

}  // namespace mpr::os
