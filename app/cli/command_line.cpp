#include "cli/command_line.hpp"

#include <exception>
#include <new>
#include <system_error>

#include "cli/cpus.hpp"
#include "cli/exit_code.hpp"
#include "cli/history.hpp"
#include "cli/map.hpp"
#include "cli/probe.hpp"
#include "cli/run.hpp"
#include "cli/usage_error.hpp"
#include "manifest/error.hpp"
#include "mpr_version.hpp"
#include "os/descriptors.hpp"
#include "os/system_files.hpp"
#include "runner/error.hpp"
#include "store/error.hpp"
#include "terminal/messages.hpp"

namespace mpr::app {
namespace {

constexpr const char* kHelp = R"(mpr runs many tasks over all CPUs, and prints their results in order.

Usage:
  mpr map [OPTIONS] COMMAND [ARG...] --inputs SPEC...    run COMMAND once for each input
  mpr run [OPTIONS] MANIFEST                             run the jobs of a manifest
  mpr check MANIFEST                                     check a manifest, and print its plan
  mpr schema                                             the format of manifests, as a JSON Schema
  mpr runs                                               the runs that were recorded
  mpr show RUN                                           one of them: how it ended, what failed, what took long
  mpr logs RUN [TASK]                                    what its tasks printed
  mpr probe COMMAND [ARG...] --inputs SPEC...            which executor runs it fastest, and whether all do the same
  mpr cpus                                               how many workers there would be, where, and why
  mpr --version
  mpr COMMAND --help                                     all about one of these

Examples:
  mpr map ./square --inputs 1..4
  ls *.jpg | mpr map convert {} -resize 50% small/{/}
)";

ExitCode cpus_command(std::span<const std::string> words) {
  if (!words.empty()) throw UsageError("mpr cpus takes no words, but was given '" + words.front() + "'");
  const os::RealSystemFiles files;
  const os::CpuSet allowed = os::allowed_cpus();
  print_result(cpus_report(os::CpuTopology::read(files, allowed), os::cpu_budget(files, allowed.size())));
  return ExitCode::success;
}

ExitCode dispatch(std::span<const std::string> words) {
  if (words.empty()) throw UsageError("no command", "mpr --help shows what there is");
  const std::string& command = words.front();
  const auto rest = words.subspan(1);
  if (command == "map") return map_command(rest);
  if (command == "probe") return probe_command(rest);
  if (command == "run") return run_command(rest);
  if (command == "check") return check_command(rest);
  if (command == "schema") return schema_command(rest);
  if (command == "cpus") return cpus_command(rest);
  if (command == "runs") return runs_command(rest);
  if (command == "show") return show_command(rest);
  if (command == "logs") return logs_command(rest);
  if (command == "--version") {
    print_result(std::string("mpr ") + kVersion + "\n");
    return ExitCode::success;
  }
  if (command == "--help" || command == "-h" || command == "help") {
    print_result(kHelp);
    return ExitCode::success;
  }
  throw UsageError("unknown command '" + command + "'", "mpr --help shows what there is");
}

std::string hint_for(const std::error_code& code) {
  if (code == std::errc::too_many_files_open) return "fewer workers (-j) need fewer open files; ulimit -n is the limit";
  if (code == std::errc::too_many_files_open_in_system) return "the whole system is out of open files";
  return "";
}

}  // namespace

int run_command_line(std::span<const std::string> words) {
  os::ensure_standard_descriptors();
  ExitCode code = ExitCode::failure;
  try {
    code = dispatch(words);
  } catch (const UsageError& error) {
    print_error(error.what(), error.hint());
    code = ExitCode::usage;
  } catch (const manifest::Error& error) {
    print_error(error.what(), error.hint());
    code = ExitCode::usage;
  } catch (const runner::RunError& error) {
    print_error(error.what(), error.hint());
  } catch (const store::StoreError& error) {
    print_error(error.what(), error.hint());
  } catch (const std::system_error& error) {
    print_error(error.what(), hint_for(error.code()));
  } catch (const std::bad_alloc&) {
    print_error("out of memory", "");
  } catch (const std::exception& error) {
    print_error(error.what(), "");
  }
  return static_cast<int>(code);
}

}  // namespace mpr::app
