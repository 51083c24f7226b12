#include "worker/task_files.hpp"

#include <system_error>

#include "os/io.hpp"
#include "os/temporary_file.hpp"

namespace mpr::worker {
namespace {

/// Blocking, unlike os::open_for_reading: the task knows nothing of non-blocking input.
os::UniqueFd open_input(const Command& command) {
  switch (command.input.kind) {
    case Input::Kind::nothing:
      break;
    case Input::Kind::text:
      return os::file_of(command.input.value);
    case Input::Kind::file:
      return os::open_input(seen_from(command.directory, command.input.value));
  }
  return {};
}

}  // namespace

TaskFiles::TaskFiles(const Command& command) {
  auto step = os::SpawnStep::open_input;
  try {
    input_ = open_input(command);
    step = os::SpawnStep::open_output;
    if (command.output.kind == Output::Kind::discarded) output_ = os::create_file("/dev/null");
    if (command.output.kind == Output::Kind::file) {
      output_ = os::create_file(seen_from(command.directory, command.output.path));
    }
  } catch (const std::system_error& error) {
    throw NoFile{{error.code().value(), step}};
  }
}

}  // namespace mpr::worker
