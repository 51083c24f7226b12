#include "worker/fork_server_executor.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <system_error>

#include "fork_server.hpp"
#include "fork_server_library.hpp"
#include "os/descendants.hpp"
#include "patience.hpp"
#include "worker/fork_server_fit.hpp"

namespace mpr::worker {
namespace {

constexpr size_t kMostServers = 4;
constexpr std::chrono::seconds kEndWithin{10};

/// How the variables begin that are read before main(): by the dynamic linker, by the C library, and by the
/// constructors of widely used libraries.
constexpr std::array<std::string_view, 13> kReadAtLoad{
    "LD_",       "MALLOC_", "GLIBC_TUNABLES=", "GCONV_PATH=", "OMP_",     "GOMP_",        "KMP_",
    "OPENBLAS_", "MKL_",    "BLIS_",           "G_SLICE=",    "G_DEBUG=", "ASAN_OPTIONS="};

bool read_at_load(std::string_view variable) {
  return std::any_of(kReadAtLoad.begin(), kReadAtLoad.end(),
                     [&](std::string_view name) { return variable.starts_with(name); });
}

/// What a server is good for: one program file, as it is now, loaded with these variables.
std::string key_of(const std::string& path, char* const* environment) {
  struct stat status {};
  (void)::stat(path.c_str(), &status);
  std::string key = path;
  for (const auto number : {static_cast<long>(status.st_dev), static_cast<long>(status.st_ino),
                            static_cast<long>(status.st_size), status.st_mtim.tv_sec, status.st_mtim.tv_nsec}) {
    key.append(reinterpret_cast<const char*>(&number), sizeof number);
  }
  for (; *environment; ++environment) {
    if (read_at_load(*environment)) key.append(*environment).push_back('\0');
  }
  return key;
}

os::SpawnFailure fork_server_failure(os::LoadProblem problem) {
  return {static_cast<int>(problem), os::SpawnStep::load};
}

/// The process that a server made before it fell silent. All else that this process has for children is known.
std::optional<os::ProcessHandle> find_made(const Residents& residents) {
  const std::vector<pid_t> made = os::children_except(residents.pids());
  if (made.empty()) return std::nullopt;
  return os::ProcessHandle::of_child(made.front());
}

}  // namespace

struct ForkServerExecutor::Server {
  std::string key;
  ForkServer process;
};

ForkServerExecutor::ForkServerExecutor(const WorkerOptions& options) : launcher_(options) {}

ForkServerExecutor::~ForkServerExecutor() = default;

ProcessExecutor::Started ForkServerExecutor::start(const Task& task, const Stdio& stdio, Supervisor& supervisor) {
  const std::string path = seen_from(task.command.directory, launcher_.locate(task).path);
  try {
    Started started = fork_server_failure(os::LoadProblem::ended);
    // Once more, for a server may die of whatever ends processes; but not for ever.
    for (bool again = true; again;) again = !try_to_start(path, task, stdio, supervisor, started);
    return started;
  } catch (const std::system_error& error) {
    // Out of descriptors: the process may be there, but cannot be followed.
    (void)os::end_descendants(os::Clock::now() + kEndWithin, supervisor.residents().pids());
    return os::SpawnFailure{error.code().value(), os::SpawnStep::create_process};
  }
}

bool ForkServerExecutor::try_to_start(const std::string& path, const Task& task, const Stdio& stdio,
                                      Supervisor& supervisor, Started& started) {
  const std::string key = key_of(path, launcher_.environment().of(task));
  const bool fresh = !find_server(key);
  if (fresh) {
    auto failure = load_server(key, path, task, stdio, supervisor);
    if (failure) {
      started = *failure;
      return true;
    }
  }
  char* const* environment = launcher_.environment().of(task);
  auto forked =
      start_patiently(supervisor, [&] { return servers_.front()->process.fork(task, environment, stdio, supervisor); });
  if (auto* process = std::get_if<os::ProcessHandle>(&forked)) {
    started = std::move(*process);
    return true;
  }
  if (const auto* failure = std::get_if<os::SpawnFailure>(&forked)) {
    started = *failure;
    return true;
  }
  drop_server(0, supervisor.residents());
  auto made = find_made(supervisor.residents());
  if (made) started = std::move(*made);
  return made || fresh || supervisor.wish() != Wish::go_on;
}

bool ForkServerExecutor::find_server(const std::string& key) {
  const auto found =
      std::find_if(servers_.begin(), servers_.end(), [&](const auto& server) { return server->key == key; });
  if (found == servers_.end()) return false;
  std::rotate(servers_.begin(), found, found + 1);
  return true;
}

std::optional<os::SpawnFailure> ForkServerExecutor::load_server(const std::string& key, const std::string& path,
                                                                const Task& task, const Stdio& stdio,
                                                                Supervisor& supervisor) {
  if (const auto problem = fork_server_problem(path)) return fork_server_failure(*problem);
  if (!library_) library_ = open_fork_server_library();
  if (servers_.size() == kMostServers) drop_server(kMostServers - 1, supervisor.residents());
  auto loaded = ForkServer::load(task, stdio, launcher_, library_, supervisor);
  if (const auto* failure = std::get_if<os::SpawnFailure>(&loaded)) return *failure;
  auto server = std::make_unique<Server>(Server{key, std::get<ForkServer>(std::move(loaded))});
  supervisor.residents().add(server->process.pid());
  servers_.insert(servers_.begin(), std::move(server));
  return std::nullopt;
}

void ForkServerExecutor::drop_server(size_t place, Residents& residents) {
  const pid_t pid = servers_[place]->process.pid();
  servers_.erase(servers_.begin() + static_cast<std::ptrdiff_t>(place));
  residents.remove(pid);
}

std::optional<os::SpawnFailure> ForkServerExecutor::late_failure(const Result& result) {
  const bool may_have_failed = !servers_.empty() && result.ending == Ending::exited &&
                               result.status == os::ExitStatus::exited(ForkServer::kFailed);
  return may_have_failed ? servers_.front()->process.late_failure() : std::nullopt;
}

}  // namespace mpr::worker
