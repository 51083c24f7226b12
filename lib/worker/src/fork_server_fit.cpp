#include "worker/fork_server_fit.hpp"

#include <cstring>
#include <string_view>
#include <system_error>

#include "os/program_file.hpp"

namespace mpr::worker {
namespace {

using os::LoadProblem;
using os::ProgramFile;

/// The dynamic linker of the GNU C library: /lib64/ld-linux-x86-64.so.2, /lib/ld64.so.1, ...
bool is_glibc_linker(std::string_view path) {
  const std::string_view name = path.substr(path.rfind('/') + 1);
  return name.starts_with("ld-linux") || name.starts_with("ld64.so");
}

std::optional<LoadProblem> problem_of(const ProgramFile& program) {
  if (program.format() == ProgramFile::Format::script) return LoadProblem::script;
  if (program.format() != ProgramFile::Format::elf) return LoadProblem::not_for_this_machine;
  if (program.changes_privileges()) return LoadProblem::privileged;
  if (program.interpreter().empty()) return LoadProblem::linked_statically;
  if (!is_glibc_linker(program.interpreter()) || !program.imports("__libc_start_main")) return LoadProblem::other_libc;
  if (program.imports("__asan_init")) return LoadProblem::sanitizer;
  return std::nullopt;
}

}  // namespace

std::optional<LoadProblem> fork_server_problem(const std::string& path) try {
  return problem_of(ProgramFile::open(path));
} catch (const std::system_error& error) {
  // What says nothing of the file, as being out of descriptors, is not held against it.
  if (error.code() != std::errc::permission_denied) throw;
  return LoadProblem::unreadable;
}

std::optional<std::string> why_not_fork_server(const std::string& path) try {
  const ProgramFile program = ProgramFile::open(path);
  const auto problem = problem_of(program);
  if (!problem) return std::nullopt;
  if (problem == LoadProblem::script) return os::text_of(*problem) + " of '" + program.interpreter() + "'";
  return os::text_of(*problem);
} catch (const std::system_error& error) {
  return os::text_of(LoadProblem::unreadable) + ": " + std::strerror(error.code().value());
}

}  // namespace mpr::worker
