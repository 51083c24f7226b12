#include "mpr/pool.hpp"

#include <stdexcept>

#include "os/cpu_topology.hpp"
#include "pool/engine.hpp"

namespace mpr {
namespace {

// Enough that unequal chunks even out, few enough that their cost does not count.
constexpr uint64_t kChunksForEach = 12;
// A chunk of small items fits into a pipe, and what is read of it into a cache.
constexpr uint64_t kMostChunkBytes = 64 * 1024;

unsigned worker_count(const PoolOptions& options) {
  if (!options.workers) return cpu_count();
  if (*options.workers < 1) throw std::invalid_argument("a pool needs at least one worker");
  return static_cast<unsigned>(*options.workers);
}

pool::ServerOptions server_options(const PoolOptions& options, unsigned workers) {
  pool::ServerOptions server;
  server.worker = {options.initializer, options.max_tasks_per_worker};
  if (options.affinity != Affinity::none) {
    const auto topology = os::CpuTopology::read(os::RealSystemFiles{}, os::allowed_cpus());
    server.affinity = plan_affinity(options.affinity, workers, topology, cpu_count());
  }
  return server;
}

}  // namespace

Pool::Pool(PoolOptions options) : timeout_(options.timeout) {
  const unsigned workers = worker_count(options);
  auto engine = std::make_shared<pool::PoolEngine>(workers, server_options(options, workers));
  controls_ = engine.get();
  engine_ = std::move(engine);
}

Pool::~Pool() {
  controls_->let_go();
}

void Pool::close() {
  controls_->close();
}
void Pool::terminate() {
  controls_->terminate();
}
bool Pool::join_until(std::chrono::steady_clock::time_point deadline) {
  return controls_->join_until(deadline);
}
std::vector<int> Pool::pids() const {
  return controls_->pids();
}

uint64_t Pool::chunk_items(size_t chosen, uint64_t items, size_t item_bytes, unsigned workers) {
  if (chosen != 0) return chosen;
  const uint64_t even = (items + workers * kChunksForEach - 1) / (workers * kChunksForEach);
  return std::clamp<uint64_t>(even, 1, std::max<uint64_t>(kMostChunkBytes / item_bytes, 1));
}

void Pool::submit_batch(const std::shared_ptr<pool::Batch>& batch, const CallOptions& options, bool in_background) {
  batch->timeout = options.timeout ? *options.timeout : timeout_.value_or(std::chrono::nanoseconds{0});
  batch->in_background = in_background;
  engine_->submit(batch);
}

}  // namespace mpr
