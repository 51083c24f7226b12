#include "runner/worker_pool.hpp"

#include <string>
#include <system_error>

#include "os/cpu_set.hpp"
#include "os/descendants.hpp"
#include "runner/error.hpp"

namespace mpr::runner {
namespace {

// Longer than a worker needs to end tasks that can be ended at all.
constexpr std::chrono::seconds kWorkerLimit{15};
constexpr std::chrono::seconds kSweepLimit{10};
// From the kernel's refusal to start a process in a namespace that is being ended to our hearing of it.
constexpr std::chrono::seconds kNews{1};

}  // namespace

WorkerPool::WorkerPool(PoolOptions options)
    : options_(std::move(options)), there_before_(os::children()), members_(options_.workers) {
  os::become_subreaper();
}

WorkerPool::~WorkerPool() {
  end_all();
}

void WorkerPool::start(Slot slot) {
  for (;;) {
    try {
      if (!options_.isolated || !options_.isolated->is_lost(os::Time::min())) return fork_worker(slot);
    } catch (const std::system_error& error) {
      if (!options_.isolated || !options_.isolated->is_lost(os::Clock::now() + kNews)) {
        throw RunError("cannot start worker " + std::to_string(slot) + ": " + error.code().message(),
                       "fewer workers (-j) need fewer processes and open files");
      }
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

void WorkerPool::fork_worker(Slot slot) {
  OneWayPipe down = make_one_way_pipe();
  OneWayPipe up = make_one_way_pipe();
  down.writer.set_nonblocking();
  up.reader.set_nonblocking();
  worker::WorkerOptions options = options_.worker;
  options.slot = slot;
  options.isolated = options_.isolated != nullptr;
  std::vector<unsigned> cpus;
  if (slot <= options_.affinity.size()) cpus = options_.affinity[slot - 1];
  Process process{[options, cpus](Connection tasks, Connection results) {
                    if (!cpus.empty()) os::pin_where_possible(cpus);
                    return worker::worker_main(std::move(tasks), std::move(results), options);
                  },
                  std::move(down.reader), std::move(up.writer)};
  std::optional<os::PidNamespace::Inside> inside;
  if (options_.isolated) inside.emplace(*options_.isolated);
  process.start();
  member(slot).emplace(Member{std::move(process), std::move(down.writer), std::move(up.reader)});
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
    // A worker that waits for us to take its results would wait for ever.
    if (each) each->results.close();
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
