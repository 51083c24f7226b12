#include "worker/dialogue_executor.hpp"

namespace mpr::worker {
namespace {

constexpr size_t kReadBytes = 64 * 1024;  // a pipe's default capacity: one read can empty it

}  // namespace

DialogueExecutor::DialogueExecutor(const WorkerOptions& options, std::unique_ptr<Protocol> protocol)
    : launcher_(options), protocol_(std::move(protocol)), buffer_(2 * kReadBytes) {}

void DialogueExecutor::run(const Batch& batch, Supervisor& supervisor) {
  Dialogue{batch, supervisor, launcher_, *protocol_, partner_, buffer_}.run();
}

}  // namespace mpr::worker
