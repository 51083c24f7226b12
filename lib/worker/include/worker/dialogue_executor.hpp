// The dialogue executor: asks tasks of one process that stays, by a protocol.
//
// The process is started with the words that the tasks of a batch have in common, and serves all batches that have the
// same words, environment and directory. It is replaced when it ends, breaks the protocol, has been asked so many tasks
// as Batch::recycle_after says, or another is wanted.
#pragma once

#include <memory>
#include <vector>

#include "worker/dialogue.hpp"
#include "worker/executor.hpp"
#include "worker/launcher.hpp"
#include "worker/protocol.hpp"

namespace mpr::worker {

class DialogueExecutor final : public BatchExecutor {
 public:
  DialogueExecutor(const WorkerOptions& options, std::unique_ptr<Protocol> protocol);

  void run(const Batch& batch, Supervisor& supervisor) override;

 private:
  Launcher launcher_;
  std::unique_ptr<Protocol> protocol_;
  std::vector<char> buffer_;
  Partner partner_;
};

}  // namespace mpr::worker
