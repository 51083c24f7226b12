// Turn: tells the supervisor of the tasks of a batch, one after another, each once: of the one whose turn it is, what
// it has written and how it ended.
#pragma once

#include <string>
#include <string_view>

#include "worker/batch.hpp"
#include "worker/supervisor.hpp"

namespace mpr::worker {

class Turn {
 public:
  Turn(const Batch& batch, Supervisor& supervisor) : batch_(batch), supervisor_(supervisor) {}

  /// Tasks that have been told of; also the place in the batch, from 0, of the one whose turn it is.
  [[nodiscard]] uint32_t told() const { return told_; }

  /// Its clock starts.
  void begins(os::Time now) { began_ = now; }
  [[nodiscard]] os::Time began() const { return began_; }

  /// Part of its answer. Little is kept until the end is known, much goes up as it comes.
  void hear(std::string_view text);
  void hear_err(std::string_view text);

  // Each of these ends its turn.
  void answered(std::string_view last_text, int exit_status, os::Duration elapsed);
  void could_not_start(const os::SpawnFailure& failure);
  void no_answer(Fault fault);
  void ended(Ending ending, os::ExitStatus status);

 private:
  [[nodiscard]] TaskNumber number() const { return batch_.common.number + told_; }
  [[nodiscard]] Result result(Ending ending) const;
  void write(Stream stream, std::string_view text);
  void end(const Result& result);

  const Batch& batch_;
  Supervisor& supervisor_;
  uint32_t told_ = 0;
  os::Time began_{};
  bool wrote_ = false;  ///< something that has gone up
  std::string held_;
};

}  // namespace mpr::worker
