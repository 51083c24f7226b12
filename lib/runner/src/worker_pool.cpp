#include "runner/worker_pool.hpp"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <exception>
#include <new>
#include <span>
#include <string>

#include "os/cpu_set.hpp"
#include "os/descendants.hpp"
#include "os/io.hpp"
#include "runner/error.hpp"

namespace mpr::runner {
namespace {

// Longer than a worker needs to end tasks that can be ended at all.
constexpr std::chrono::seconds kWorkerLimit{15};
constexpr std::chrono::seconds kSweepLimit{10};
// From the kernel's refusal to start a process in a namespace that is being ended to our hearing of it.
constexpr std::chrono::seconds kNews{1};

/// In the worker. The CPUs may have gone since they were chosen: a slower place is no reason to fail its tasks.
void pin_worker(Slot slot, const std::vector<unsigned>& cpus) {
  std::string told;
  try {
    return os::pin_this_thread(cpus);
  } catch (const std::system_error& error) {
    told = "mpr: warning: worker " + std::to_string(slot) + " is not pinned to a CPU: " + error.code().message() + "\n";
  }
  try {
    (void)os::write_all(os::kStderr, std::as_bytes(std::span{told}));
  } catch (const std::system_error&) {
    // Nowhere is left to say so.
  }
}

}  // namespace

WorkerPool::WorkerPool(PoolOptions options)
    : options_(std::move(options)), there_before_(os::children()), members_(options_.workers) {
  os::become_subreaper();
}

// A run that has not ended its workers itself is failing already, and it is that failure which is told. Workers that
// cannot be waited for, for want of memory say, read the end of their queues and end what they run by themselves.
WorkerPool::~WorkerPool() {
  try {
    end_all();
  } catch (const std::exception&) {
    close_all();
  }
}

unsigned WorkerPool::running() const {
  return static_cast<unsigned>(
      std::count_if(members_.begin(), members_.end(), [](const auto& each) { return each.has_value(); }));
}

std::error_code WorkerPool::start(Slot slot) {
  for (;;) {
    if (!options_.isolated || !options_.isolated->is_lost(os::Time::min())) {
      const std::error_code refused = fork_worker(slot);
      // What the kernel says where the namespace has lost its first process: fork(2).
      const bool perhaps_lost = options_.isolated && refused == std::errc::not_enough_memory;
      if (!perhaps_lost || !options_.isolated->is_lost(os::Clock::now() + kNews)) return refused;
    }
    isolate_anew();
  }
}

void WorkerPool::isolate_anew() try {
  lost_.push_back(std::move(options_.isolated));
  options_.isolated = std::make_shared<os::PidNamespace>();
} catch (const os::NamespaceRefused& refused) {
  throw RunError(refused.what(), refused.hint());
} catch (const std::exception& error) {
  throw RunError(error.what());
}

std::error_code WorkerPool::fork_worker(Slot slot) try {
  OneWayPipe down = make_one_way_pipe();
  OneWayPipe up = make_one_way_pipe();
  down.writer.set_nonblocking();
  up.reader.set_nonblocking();
  worker::WorkerOptions options = options_.worker;
  options.slot = slot;
  options.isolated = options_.isolated != nullptr;
  std::vector<unsigned> cpus;
  if (slot <= options_.affinity.size()) cpus = options_.affinity[slot - 1];
  // With this name begins what is said of an exception that ends it.
  Process process{ProcessOptions{.name = "mpr: worker " + std::to_string(slot)},
                  [options, cpus](Connection tasks, Connection results) {
                    if (!cpus.empty()) pin_worker(options.slot, cpus);
                    return worker::worker_main(std::move(tasks), std::move(results), options);
                  },
                  std::move(down.reader), std::move(up.writer)};
  std::optional<os::PidNamespace::Inside> inside;
  if (options_.isolated) inside.emplace(*options_.isolated);
  process.start();
  member(slot).emplace(Member{std::move(process), std::move(down.writer), std::move(up.reader)});
  return {};
} catch (const std::bad_alloc&) {
  return {ENOMEM, std::generic_category()};
} catch (const std::system_error& error) {
  const int reason = error.code().value();
  if (reason == EAGAIN || reason == ENOMEM || reason == EMFILE || reason == ENFILE) return error.code();
  throw RunError("cannot start worker " + std::to_string(slot) + ": " + error.code().message());
}

std::optional<worker::UpFrame> WorkerPool::next_frame(Slot slot) try {
  const auto frame = results(slot).next();
  return frame ? std::optional(worker::decode_up(*frame)) : std::nullopt;
} catch (const std::exception& error) {
  throw RunError("internal error: worker " + std::to_string(slot) + " has sent what is no result: " + error.what(), "");
}

void WorkerPool::post(Slot slot, const worker::Task& task) {
  poster_.post(member(slot)->tasks, task);
}
void WorkerPool::post(Slot slot, const worker::Batch& batch) {
  poster_.post(member(slot)->tasks, batch);
}
void WorkerPool::post(Slot slot, worker::Order order) {
  poster_.post(member(slot)->tasks, order);
}

bool WorkerPool::flush(Slot slot) {
  Connection& tasks = member(slot)->tasks;
  return tasks.closed() || tasks.flush() != os::IoState::would_block;
}

std::vector<pid_t> WorkerPool::not_ours() const {
  std::vector<pid_t> pids = there_before_;
  for (const auto& each : members_) {
    if (each && each->process.pid()) pids.push_back(*each->process.pid());
  }
  if (options_.isolated) pids.push_back(options_.isolated->init());
  for (const auto& space : lost_) pids.push_back(space->init());
  return pids;
}

void WorkerPool::wake(Slot slot) const {
  os::signal_child(pid(slot), SIGCONT);
}

void WorkerPool::remove(Slot slot) {
  member(slot)->process.kill();
  member(slot)->process.join();
  member(slot).reset();
  const os::Time limit = os::Clock::now() + kSweepLimit;
  // What it was running came to us, the next subreaper, or to the first process of its namespace.
  (void)os::end_descendants(limit, not_ours());
  if (options_.isolated) (void)options_.isolated->sweep(limit);
}

void WorkerPool::close_all() {
  for (auto& each : members_) {
    if (each) each->tasks.close();
  }
}

void WorkerPool::end_all() {
  close_all();
  const os::Time limit = os::Clock::now() + kWorkerLimit;
  for (auto& each : members_) {
    if (!each) continue;
    os::signal_child(*each->process.pid(), SIGCONT);
    // A worker that waits for us to take its results would wait for ever.
    each->results.close();
  }
  for (auto& each : members_) {
    if (!each) continue;
    if (!each->process.join_until(limit)) each->process.kill();
    each.reset();
  }
  // A namespace is not gone before those in it that are ours have been reaped.
  if (options_.isolated) lost_.push_back(std::move(options_.isolated));
  for (const auto& space : lost_) (void)space->end(os::Clock::now() + kSweepLimit);
  lost_.clear();
  (void)os::end_descendants(os::Clock::now() + kSweepLimit, there_before_);
}

}  // namespace mpr::runner
