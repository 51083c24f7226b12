#include "store/task_identity.hpp"

#include <sys/stat.h>

#include <random>

namespace mpr::store {
namespace {

using worker::Input;
using worker::Output;

bool is_regular_file(const std::string& path) {
  struct stat about {};
  return ::stat(path.c_str(), &about) == 0 && S_ISREG(about.st_mode);
}

Identity never_the_same() {
  std::random_device random;
  const auto word = [&] { return (uint64_t{random()} << 32U) | random(); };
  return {word(), word()};
}

}  // namespace

std::optional<Identity> TaskIdentities::input_of(const worker::Command& command) {
  switch (command.input.kind) {
    case Input::Kind::nothing:
      return std::nullopt;
    case Input::Kind::text:
      return digest_of(std::as_bytes(std::span{command.input.value}));
    case Input::Kind::file: {
      const std::string path = worker::seen_from(command.directory, command.input.value);
      // A pipe must be left to the task; and of what is not there the task has to tell.
      return is_regular_file(path) ? digests_.of(path) : never_the_same();
    }
  }
  return std::nullopt;
}

Identity TaskIdentities::of(const worker::Command& command) {
  return identity_of({.argv = command.argv,
                      .environment = command.environment,
                      .directory = command.directory.empty() ? directory_ : command.directory,
                      .input = input_of(command),
                      .output = command.output.kind == Output::Kind::file ? command.output.path : std::string{}});
}

bool TaskIdentities::output_is_there(const worker::Command& command) {
  return command.output.kind != Output::Kind::file ||
         is_regular_file(worker::seen_from(command.directory, command.output.path));
}

}  // namespace mpr::store
