#include "worker/job_process.hpp"

#include <csignal>

#include "os/poll_set.hpp"

namespace mpr::worker {
namespace {

// To flush its files and run the destructors of its static objects; it has no task any more.
constexpr std::chrono::seconds kExitTime{1};
// A killed process that is not gone by then is in uninterruptible sleep.
constexpr std::chrono::seconds kKillTime{10};

}  // namespace

std::optional<os::SpawnFailure> JobProcess::start(const Task& task, Launcher& launcher, os::FdRef null,
                                                  Supervisor& supervisor) {
  const std::vector<os::FdRef> passed = link_.passed(capture_);
  const Stdio stdio{null, capture_.task_end(Stream::out), capture_.task_end(Stream::err), passed};
  auto outcome = launcher.start(task, stdio, supervisor, {link_.variable(capture_)});
  capture_.drop_task_ends();
  link_.started();
  if (const auto* failure = std::get_if<os::SpawnFailure>(&outcome)) return *failure;
  process_ = std::get<os::ProcessHandle>(std::move(outcome));
  supervisor.residents().add(process_.pid());
  started_for_ = task;
  return std::nullopt;
}

size_t JobProcess::read_output(const Capture::Deliver& deliver) {
  size_t bytes = 0;
  const auto count = [&](Stream stream, std::span<const std::byte> text) {
    bytes += text.size();
    deliver(stream, text);
  };
  link_.hold(job::kReading);
  if (link_.calling()) {
    for (const Stream stream : {Stream::out, Stream::err}) {
      if (capture_.reader(stream)) capture_.read(stream, count);
    }
  }
  link_.release(job::kReading);
  return bytes;
}

void JobProcess::signal(int number) {
  process_.signal_all(number);
}

os::ProcessEnd JobProcess::reap(Residents& residents) {
  const pid_t pid = process_.pid();
  const auto end = process_.wait_until(os::Clock::now() + kKillTime);
  residents.remove(pid);
  return end.value_or(os::ProcessEnd{.status = os::ExitStatus::signaled(SIGKILL), .usage = {}, .lost = true});
}

void JobProcess::retire(Residents& residents) {
  link_.close();
  const os::Time deadline = os::Clock::now() + kExitTime;
  const auto ignore = [](Stream, std::span<const std::byte>) {};
  while (!os::readable_now(process_.fd()) && os::Clock::now() < deadline) {
    os::PollSet watched;
    watched.add(process_.fd(), os::PollSet::kReadable);
    for (const Stream stream : {Stream::out, Stream::err}) watched.add(reader(stream), os::PollSet::kReadable);
    watched.wait(deadline);
    drain(ignore);
  }
  if (!os::readable_now(process_.fd())) signal(SIGKILL);
  (void)reap(residents);
}

}  // namespace mpr::worker
