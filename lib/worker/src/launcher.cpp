#include "worker/launcher.hpp"

#include <optional>

#include "os/cpu_set.hpp"
#include "patience.hpp"

namespace mpr::worker {
namespace {

class PinnedMeanwhile {
 public:
  explicit PinnedMeanwhile(std::span<const unsigned> cpus) : before_(os::allowed_cpus()) { pin(cpus); }
  PinnedMeanwhile(const PinnedMeanwhile&) = delete;
  PinnedMeanwhile& operator=(const PinnedMeanwhile&) = delete;
  ~PinnedMeanwhile() { pin(before_); }

 private:
  /// A CPU that has gone offline meanwhile is no reason to fail a task: it runs where it can.
  static void pin(std::span<const unsigned> cpus) noexcept try { os::pin_this_thread(cpus); } catch (...) {
  }

  os::CpuSet before_;
};

}  // namespace

Launcher::Launcher(const WorkerOptions& options)
    : options_(options), signals_(os::SignalReset::to(options.signals)), environment_(options.slot, options.run_id) {}

const os::ProgramSearch& Launcher::locate(const Task& task) {
  const std::string& program = task.command.argv.front();
  const char* path = TaskEnvironment::search_path(task);
  const std::string search_path = path ? path : "";
  if (program != located_program_ || task.command.directory != located_from_ || search_path != located_in_ ||
      located_.error != 0) {
    located_program_ = program;
    located_from_ = task.command.directory;
    located_in_ = search_path;
    located_ = os::find_program(program, located_from_, path);
  }
  return located_;
}

std::variant<os::ProcessHandle, os::SpawnFailure> Launcher::start(const Task& task, const Stdio& stdio,
                                                                  Supervisor& supervisor,
                                                                  const std::vector<std::string>& extra) {
  const Command& command = task.command;
  const os::ProgramSearch& program = locate(task);
  if (program.error != 0) return os::SpawnFailure{program.error, os::SpawnStep::exec};
  std::vector<char*> argv;
  argv.reserve(command.argv.size() + 1);
  for (const std::string& word : command.argv) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  os::SpawnRequest request;
  request.path = program.path.c_str();
  request.argv = argv.data();
  request.envp = environment_.of(task, extra);
  request.in = stdio.in;
  request.out = stdio.out;
  request.err = stdio.err;
  request.passed = stdio.passed;
  request.directory = command.directory.empty() ? nullptr : command.directory.c_str();
  request.signals = &signals_;
  request.open_files = options_.open_files;
  // A task inherits the CPUs of whoever starts it: this worker, which has one, while it may be due several.
  std::optional<PinnedMeanwhile> pinned;
  if (!task.cpus.empty()) pinned.emplace(task.cpus);
  return start_patiently(supervisor, [&] { return os::spawn(request, stack_); });
}

}  // namespace mpr::worker
