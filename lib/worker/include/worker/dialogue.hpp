// Dialogue: asks the tasks of one batch, in their order, of a process that stays.
//
// A task's clock starts when it has been asked and the one before it is over. When the process ends, the task whose
// turn it is has failed; those that had been asked behind it are asked again of another process, though the first may
// have read them. What the process writes to its stderr is told of the task whose turn it is then, or will be next.
//
// A process that writes what it was not asked for would have each answer taken for that of the task behind it, so its
// first answer is told only when nothing else follows for a moment. (One that sleeps before its real answer for longer
// than that gets away with it.)
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "os/poll_set.hpp"
#include "worker/batch.hpp"
#include "worker/launcher.hpp"
#include "worker/pace.hpp"
#include "worker/protocol.hpp"
#include "worker/resident_process.hpp"
#include "worker/stop_ladder.hpp"
#include "worker/supervisor.hpp"
#include "worker/turn.hpp"

namespace mpr::worker {

/// The process that is talked to, and what is to be remembered of it from batch to batch.
struct Partner {
  std::unique_ptr<ResidentProcess> process;  ///< none: to be started
  Task started_for;                          ///< its first, without what differs from task to task
  uint64_t asked = 0;                        ///< tasks
  bool has_answered = false;
  Pace pace;
  std::string early_err;  ///< what it, or one before it, wrote to stderr while no task was asked
};

class Dialogue {
 public:
  Dialogue(const Batch& batch, Supervisor& supervisor, Launcher& launcher, Protocol& protocol, Partner& partner,
           std::span<char> buffer);

  /// As BatchExecutor::run.
  void run();

 private:
  struct Heard {
    std::string_view text;
    int exit_status;
  };

  // Asking: dialogue.cpp
  [[nodiscard]] bool may_begin() const;
  void give_back_from(uint32_t task);
  [[nodiscard]] bool waiting() const { return asked_ > turn_.told(); }
  [[nodiscard]] bool worn_out() const;
  [[nodiscard]] bool may_ask() const;
  [[nodiscard]] bool ready();
  [[nodiscard]] bool start();
  void ask();
  void write();
  void begin_turn(os::Time now);

  // Waiting, and the process's end: dialogue_end.cpp
  void await_answers();
  void wait(os::Time until);
  void look();
  void note_if_closed();
  void stop_turn(int signal);
  void process_ended();
  void fail(Fault fault);
  os::ExitStatus end_process(StopLadder ladder);
  void end_process_gently();
  void forget_process();

  // Reading: dialogue_hear.cpp
  void hear();
  void hear_err();
  void drain();
  void take(std::string_view text);
  [[nodiscard]] std::string_view read_answers(std::string_view text);
  void settle_first_answer(os::Time now);
  [[nodiscard]] bool stays_quiet(os::Duration time);
  void tell_answers(os::Time now);

  const Batch& batch_;
  Supervisor& supervisor_;
  Launcher& launcher_;
  Protocol& protocol_;
  Partner& partner_;
  std::span<char> buffer_;
  Requests requests_;  ///< from the next to be asked on
  Requests::Words words_;
  uint32_t count_;  ///< tasks that have not been given back
  uint32_t asked_ = 0;
  int refused_ = 0;                  ///< why the one behind those that were asked cannot be
  uint32_t process_started_at_ = 0;  ///< the turn
  std::string unsent_;
  size_t sent_ = 0;     ///< of it
  bool begun_ = false;  ///< some of a request has been written since there was none to be answered
  Turn turn_;
  StopLadder ladder_;
  os::Time closed_until_ = os::kNever;
  bool halfway_ = false;  ///< through an answer
  bool ending_ = false;   ///< what it writes to stdout answers nothing any more
  bool ended_ = false;
  bool wrote_err_ = false;  ///< since the last answer
  std::optional<Fault> fault_;
  std::vector<Heard> heard_;  ///< answers that have not been told yet
  os::PollSet watched_;
};

}  // namespace mpr::worker
