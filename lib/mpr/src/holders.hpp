// Holders: which process holds how much of something, and taking back what the dead held.
//
//   holders.add(1) ... holders.remove(1)        // by the process that takes, and gives back
//   free += holders.take_back();                // by anybody: what the dead held
//
// Ownership: lives in shared memory beside the mutex that protects it: all calls are made with that held.
// Errors: none; add() is false when there is no room.
// Processes: each change is one store: a process that is killed in the middle of a call has done it or not. What else
//   the caller counts is to be mended with total(). Counted is by process, not by thread: a thread that ends takes
//   nothing with it. An entry is kept for the process that had it until another needs the room.
// Limits: kProcesses that hold something at the same time.
#pragma once

#include <array>
#include <cstdint>

#include "os/clock.hpp"
#include "os/process_identity.hpp"
#include "shared_word.hpp"

namespace mpr {

class Holders {
 public:
  static constexpr uint32_t kProcesses = 1024;

  /// Notes that this process holds so much more. False, and nothing noted, when there is no room: all entries are of
  /// processes that hold something; after take_back() there may be.
  [[nodiscard]] bool add(uint32_t amount = 1);

  /// Notes that this process holds so much less, or nothing if it has not that much. Answers by how much less.
  uint32_t remove(uint32_t amount = 1);

  /// What this process holds, and what all do, the dead that have not been found yet included.
  [[nodiscard]] uint32_t own() const;
  [[nodiscard]] uint64_t total() const;

  /// Looks which holders are dead, strikes them out and answers what they held. A system call or three for each holder.
  uint64_t take_back();

  /// As take_back(), if nobody has looked in the last kLookAgain; else 0. For those who wait.
  uint64_t take_back_if_due(os::Time now = os::Clock::now());

 private:
  struct Entry {
    os::ProcessIdentity process;
    SharedWord<uint32_t> amount;  ///< only of one who holds nothing may the process be changed
  };

  /// Of this process, or nothing.
  [[nodiscard]] const Entry* find() const;
  [[nodiscard]] Entry* find_or_claim();

  os::Time next_look_{};
  std::array<Entry, kProcesses> entries_{};
};

}  // namespace mpr
