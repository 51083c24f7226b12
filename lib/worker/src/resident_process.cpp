#include "worker/resident_process.hpp"

#include <csignal>
#include <exception>
#include <system_error>

#include "os/descendants.hpp"
#include "os/io.hpp"
#include "os/poll_set.hpp"

namespace mpr::worker {
namespace {

constexpr std::chrono::milliseconds kGrace{100};
// A killed process that is not gone by then is in uninterruptible sleep.
constexpr std::chrono::seconds kKillLimit{10};

}  // namespace

ResidentProcess::ResidentProcess(std::span<char> buffer, Residents& residents) try
    : buffer_(buffer), residents_(residents), input_(os::make_pipe()), output_{os::make_pipe(), os::make_pipe()} {
  // Our ends' own file descriptions, which the process never holds.
  os::set_nonblocking(input_.writer);
  for (os::Pipe& each : output_) os::set_nonblocking(each.reader);
} catch (const std::system_error& error) {
  throw NoPipe{error.code().value()};
}

std::optional<os::SpawnFailure> ResidentProcess::start(Launcher& launcher, const Task& task, Supervisor& supervisor) {
  Stdio stdio;
  stdio.in = input_.reader;
  stdio.out = output(Stream::out).writer;
  stdio.err = output(Stream::err).writer;
  // It runs one task after another: what is said of one would be wrong for the next.
  auto outcome = launcher.start(task, stdio, supervisor, {"MPR_TASK", "MPR_ATTEMPT"});
  input_.reader.reset();
  for (os::Pipe& each : output_) each.writer.reset();
  if (const auto* failure = std::get_if<os::SpawnFailure>(&outcome)) return *failure;
  handle_ = std::get<os::ProcessHandle>(std::move(outcome));
  residents_.add(handle_.pid());
  return std::nullopt;
}

size_t ResidentProcess::write(std::string_view bytes) {
  const os::IoResult result = os::write_some(input_.writer, std::as_bytes(std::span{bytes}));
  if (result.state == os::IoState::closed) close_input();
  return result.state == os::IoState::done ? result.bytes : 0;
}

std::string_view ResidentProcess::read(Stream stream) {
  if (!reader(stream)) return {};
  const size_t half = buffer_.size() / 2;
  const std::span<char> buffer = stream == Stream::out ? buffer_.first(half) : buffer_.last(half);
  const os::IoResult result = os::read_some(reader(stream), std::as_writable_bytes(buffer));
  if (result.state == os::IoState::closed) output(stream).reader.reset();
  return {buffer.data(), result.state == os::IoState::done ? result.bytes : 0};
}

void ResidentProcess::signal(int signal) const {
  handle_.signal_all(signal);
}

os::ProcessEnd ResidentProcess::reap() {
  const pid_t pid = handle_.pid();
  const os::ProcessEnd end = handle_.wait();
  residents_.remove(pid);
  (void)os::end_descendants(os::Clock::now() + kKillLimit, residents_.pids());
  return end;
}

void ResidentProcess::abandon() {
  residents_.remove(handle_.pid());
  handle_ = {};
}

ResidentProcess::~ResidentProcess() {
  if (!handle_) return;
  try {
    end();
  } catch (const std::exception&) {
    // What cannot be waited for here falls to mpr when this worker ends.
    signal(SIGKILL);
  }
}

void ResidentProcess::end() {
  close_input();
  bool ended = ends_within(kGrace);
  for (const int each : {SIGTERM, SIGKILL}) {
    if (ended) break;
    signal(each);
    ended = ends_within(each == SIGKILL ? os::Duration{kKillLimit} : os::Duration{kGrace});
  }
  if (ended) {
    reap();
  } else {
    abandon();
  }
}

bool ResidentProcess::ends_within(os::Duration time) {
  const os::Time until = os::Clock::now() + time;
  os::PollSet watched;
  do {
    watched.clear();
    const size_t end = watched.add(handle_.fd(), os::PollSet::kReadable);
    const size_t out = watched.add(reader(Stream::out), os::PollSet::kReadable);
    const size_t err = watched.add(reader(Stream::err), os::PollSet::kReadable);
    watched.wait(until);
    if (watched.ready(end)) return true;
    if (watched.ready(out)) (void)read(Stream::out);
    if (watched.ready(err)) (void)read(Stream::err);
  } while (os::Clock::now() < until);
  return false;
}

}  // namespace mpr::worker
