#include "fork_server.hpp"

#include <array>
#include <csignal>
#include <cstring>
#include <exception>
#include <string_view>
#include <system_error>
#include <vector>

#include "os/io.hpp"
#include "os/poll_set.hpp"
#include "os/socket.hpp"
#include "patience.hpp"

namespace mpr::worker {
namespace {

using namespace mpr::fork_server;
using os::LoadProblem;

constexpr std::chrono::seconds kLoadTime{30};
constexpr std::chrono::milliseconds kPatience{20};  // until it is looked for orders

os::SpawnFailure failure_of(LoadProblem problem) {
  return {static_cast<int>(problem), os::SpawnStep::load};
}

os::SpawnFailure failure_of(const Reply& reply) {
  switch (reply.step) {
    case Step::create_process:
      return {reply.error, os::SpawnStep::create_process};
    case Step::descriptors:
      return {reply.error, os::SpawnStep::stdio};
    case Step::process_group:
      return {reply.error, os::SpawnStep::process_group};
    case Step::death_signal:
      return {reply.error, os::SpawnStep::death_signal};
    case Step::directory:
      break;
  }
  return {reply.error, os::SpawnStep::directory};
}

template <class Value>
std::span<std::byte> bytes_of(Value& value) {
  return std::as_writable_bytes(std::span{&value, 1});
}

/// LD_PRELOAD with the library before those of the user.
std::string preload_variable(char* const* environment, os::FdRef library) {
  constexpr std::string_view kName = "LD_PRELOAD=";
  std::string text = std::string(kName) + kLibraryPath + std::to_string(library.get());
  for (; *environment; ++environment) {
    const std::string_view variable = *environment;
    if (variable.starts_with(kName)) return text + ":" + std::string(variable.substr(kName.size()));
  }
  return text;
}

/// As sched_setaffinity(2) takes it.
std::vector<unsigned long> mask_of(const std::vector<uint32_t>& cpus) {
  constexpr uint32_t kBits = 8 * sizeof(unsigned long);
  std::vector<unsigned long> mask;
  for (const uint32_t cpu : cpus) {
    if (cpu / kBits >= mask.size()) mask.resize(cpu / kBits + 1);
    mask[cpu / kBits] |= 1UL << cpu % kBits;
  }
  return mask;
}

os::Time time_for(const Task& task, os::Duration at_most) {
  return os::later(os::Clock::now(), task.timeout ? std::min(*task.timeout, at_most) : at_most);
}

}  // namespace

ForkServer::ForkServer(os::ProcessHandle process, os::UniqueFd control)
    : process_(std::move(process)), control_(std::move(control)) {}

ForkServer::~ForkServer() {
  if (!process_) return;
  process_.signal(SIGKILL);
  // A killed process that is not gone by then is in uninterruptible sleep.
  constexpr std::chrono::seconds kKillTime{10};
  try {
    (void)process_.wait_until(os::Clock::now() + kKillTime);
  } catch (const std::exception&) {
    process_ = {};  // falls to mpr when this worker ends
  }
}

ForkServer::Loaded ForkServer::load(const Task& task, const Stdio& stdio, Launcher& launcher, os::FdRef library,
                                    Supervisor& supervisor) {
  os::SocketPair control = os::make_socket_pair();
  os::set_patience(control.first, kPatience);
  Task alike = task;
  alike.command.argv.resize(1);
  alike.cpus.clear();
  const std::array passed{library};
  const std::string preload = preload_variable(launcher.environment().of(task), library);
  auto outcome = launcher.start(alike, {.in = control.second, .out = stdio.out, .err = stdio.err, .passed = passed},
                                supervisor, {preload});
  if (const auto* failure = std::get_if<os::SpawnFailure>(&outcome)) return *failure;
  control.second.reset();
  ForkServer server{std::get<os::ProcessHandle>(std::move(outcome)), std::move(control.first)};
  if (const auto failure = server.await_hello(supervisor, time_for(task, kLoadTime))) return *failure;
  return server;
}

std::optional<os::SpawnFailure> ForkServer::await_hello(Supervisor& supervisor, os::Time deadline) {
  Hello hello{0, Obstacle::none};
  if (!receive(bytes_of(hello), supervisor, deadline)) {
    return failure_of(os::Clock::now() < deadline ? LoadProblem::ended : LoadProblem::no_answer);
  }
  // Where it is not the library's, the program itself runs, and has taken the socket for its standard input.
  if (hello.magic != kMagic) return failure_of(LoadProblem::ended);
  if (hello.obstacle == Obstacle::threads) return failure_of(LoadProblem::threads);
  if (hello.obstacle == Obstacle::no_tid_address) return failure_of(LoadProblem::no_tid_address);
  return std::nullopt;
}

ForkServer::Forked ForkServer::fork(const Task& task, char* const* environment, const Stdio& stdio,
                                    Supervisor& supervisor) {
  early_.reset();
  if (!spare_) spare_ = os::duplicate(control_);
  write_request(task, environment);
  const os::Time deadline = time_for(task, os::Duration::max());
  if (!send(stdio, supervisor, deadline)) return Silent{};
  for (;;) {
    Reply reply;
    if (!receive(bytes_of(reply), supervisor, deadline)) return Silent{};
    if (reply.task != task_) continue;  // of an earlier one, which nobody asked for
    if (reply.pid > 0) return handle_of(reply.pid);
    if (reply.pid < 0) return failure_of(reply);
    early_ = failure_of(reply);
  }
}

os::ProcessHandle ForkServer::handle_of(pid_t pid) {
  try {
    return os::ProcessHandle::of_child(pid);
  } catch (const std::system_error&) {
    spare_.reset();
    return os::ProcessHandle::of_child(pid);
  }
}

void ForkServer::write_request(const Task& task, char* const* environment) {
  const Command& command = task.command;
  const std::vector<unsigned long> mask = mask_of(task.cpus);
  Request request;
  request.task = ++task_;
  request.cpu_bytes = static_cast<uint32_t>(mask.size() * sizeof mask[0]);
  request.has_directory = command.directory.empty() ? 0 : 1;
  request.words = static_cast<uint32_t>(command.argv.size());
  request_.assign(sizeof request, '\0');
  request_.append(reinterpret_cast<const char*>(mask.data()), request.cpu_bytes);
  const auto add = [&](const char* text, size_t size) { request_.append(text, size + 1); };  // with its NUL
  if (request.has_directory != 0) add(command.directory.c_str(), command.directory.size());
  for (const std::string& word : command.argv) add(word.c_str(), word.size());
  for (; *environment; ++environment, ++request.variables) add(*environment, std::strlen(*environment));
  request.bytes = request_.size() - sizeof request;
  std::memcpy(request_.data(), &request, sizeof request);
}

bool ForkServer::send(const Stdio& stdio, Supervisor& supervisor, os::Time deadline) {
  const std::array<os::FdRef, 3> descriptors{stdio.in, stdio.out, stdio.err};
  std::span<const os::FdRef> unsent = descriptors;
  std::span<const std::byte> left = std::as_bytes(std::span{request_});
  while (!left.empty()) {
    const os::IoResult sent = os::send_some(control_, left, unsent);
    if (sent.state == os::IoState::closed) return false;
    if (sent.state == os::IoState::would_block && !may_wait(supervisor, deadline)) return false;
    if (sent.bytes > 0) unsent = {};  // they went with the first byte
    left = left.subspan(sent.bytes);
  }
  return true;
}

bool ForkServer::receive(std::span<std::byte> message, Supervisor& supervisor, os::Time deadline) {
  std::vector<os::UniqueFd> none;
  while (!message.empty()) {
    const os::IoResult got = os::receive_some(control_, message, none);
    if (got.state == os::IoState::closed) return false;
    if (got.state == os::IoState::would_block && !may_wait(supervisor, deadline)) return false;
    message = message.subspan(got.bytes);
  }
  return true;
}

std::optional<os::SpawnFailure> ForkServer::late_failure() {
  if (early_) return early_;
  // All that the process said was said before it ended.
  std::vector<os::UniqueFd> none;
  Reply reply;
  while (os::readable_now(control_)) {
    const os::IoResult got = os::receive_some(control_, bytes_of(reply), none);
    if (got.state != os::IoState::done || got.bytes != sizeof reply) break;
    if (reply.task == task_) return failure_of(reply);
  }
  return std::nullopt;
}

}  // namespace mpr::worker
