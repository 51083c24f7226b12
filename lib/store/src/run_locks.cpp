#include "run_locks.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <map>

#include "error.hpp"
#include "os/error.hpp"
#include "os/file_identity.hpp"

namespace mpr::store {
namespace {

/// No run has this number: they begin at 1.
constexpr RunKey kSetUp = 0;

struct flock byte_of(RunKey run, short type) {
  struct flock lock {};
  lock.l_type = type;
  lock.l_whence = SEEK_SET;
  lock.l_start = run;
  lock.l_len = 1;
  return lock;
}

std::string name_of(const std::string& store) {
  std::error_code unknown;
  const auto canonical = std::filesystem::weakly_canonical(store, unknown);
  return (unknown ? store : canonical.string()) + ".lock";
}

}  // namespace

std::shared_ptr<RunLocks> RunLocks::of(const std::string& store, Access access) {
  static std::map<std::string, std::weak_ptr<RunLocks>> known;
  std::weak_ptr<RunLocks>& entry = known[name_of(store)];
  std::shared_ptr<RunLocks> locks = entry.lock();
  if (!locks || locks->process_ != ::getpid()) {
    locks = std::shared_ptr<RunLocks>(new RunLocks(store));
    locks->process_ = ::getpid();
    entry = locks;
  }
  if (!locks->writable_) locks->open(access);
  return locks;
}

void RunLocks::open(Access access) {
  const std::string name = name_of(store_);
  const auto attempt = [&](int flags) { file_.reset(::open(name.c_str(), flags | O_CLOEXEC, 0600)); };
  attempt(O_RDWR);
  if (!file_ && access == Access::write && errno == ENOENT) {
    attempt(O_RDWR | O_CREAT);
    if (file_) ::fchmod(file_.get(), 0600);
  }
  writable_ = static_cast<bool>(file_);
  if (writable_) return;
  if (access == Access::write) throw_system_error("cannot lock", store_, errno);
  // To look who has a lock, reading is enough; and where there is no file, nobody has.
  attempt(O_RDONLY);
}

std::optional<pid_t> RunLocks::try_lock(RunKey run) {
  if (own_.contains(run)) return ::getpid();
  struct flock lock = byte_of(run, F_WRLCK);
  if (os::retry_eintr([&] { return ::fcntl(file_.get(), F_SETLK, &lock); }) == 0) {
    own_.insert(run);
    return std::nullopt;
  }
  if (errno != EACCES && errno != EAGAIN) throw_system_error("cannot lock", store_, errno);
  return holder(run).value_or(0);
}

void RunLocks::unlock(RunKey run) noexcept {
  struct flock lock = byte_of(run, F_UNLCK);
  ::fcntl(file_.get(), F_SETLK, &lock);
  own_.erase(run);
}

std::optional<pid_t> RunLocks::holder(RunKey run) const {
  if (own_.contains(run)) return ::getpid();
  struct flock lock = byte_of(run, F_WRLCK);
  if (!file_ || ::fcntl(file_.get(), F_GETLK, &lock) != 0 || lock.l_type == F_UNLCK) return std::nullopt;
  return lock.l_pid;
}

bool RunLocks::seen_by_others() const {
  const auto there = os::FileIdentity::of(name_of(store_));
  return there && there == os::FileIdentity::of(file_);
}

RunLocks::SetUp::SetUp(RunLocks& locks) : locks_(locks) {
  struct flock lock = byte_of(kSetUp, F_WRLCK);
  if (os::retry_eintr([&] { return ::fcntl(locks_.file_.get(), F_SETLKW, &lock); }) != 0)
    throw_system_error("cannot lock", locks_.store_, errno);
}

RunLocks::SetUp::~SetUp() {
  locks_.unlock(kSetUp);
}

RunLock::RunLock(std::shared_ptr<RunLocks> locks, RunKey run, const std::string& id) : run_(run) {
  if (const auto holder = locks->try_lock(run)) {
    const std::string who = *holder > 0 ? "process " + std::to_string(*holder) : std::string("another process");
    throw StoreError(StoreError::Cause::in_use, "run " + id + " is being written by " + who,
                     "wait for it to end, or end it; it can be resumed after that");
  }
  locks_ = std::move(locks);
}

}  // namespace mpr::store
