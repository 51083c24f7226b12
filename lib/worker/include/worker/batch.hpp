// Batch: consecutive tasks of a job for a process that stays. They differ only in what is asked of it.
//
//   for (Requests::Words words; requests.next(words);) ask(words);
//
// What is asked are words: the rest of a task's argv, behind those that start the process.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

#include "worker/task.hpp"
#include "worker/wire.hpp"

namespace mpr::worker {

/// Reads the words of one request after another. Errors: WireError for bytes that are none.
class Requests {
 public:
  /// Valid as long as the bytes.
  using Words = std::vector<std::string_view>;

  Requests(std::span<const std::byte> bytes, uint32_t words_each) : wire_(bytes), words_each_(words_each) {}

  /// False at the end.
  bool next(Words& words) {
    if (wire_.rest().empty()) return false;
    if (words_each_ > wire_.rest().size() / sizeof(uint32_t)) throw WireError();  // each has its length at least
    words.resize(words_each_);
    for (std::string_view& word : words) word = wire_.view_text();
    return true;
  }
  /// What has not been read.
  [[nodiscard]] std::span<const std::byte> rest() const { return wire_.rest(); }

 private:
  WireReader wire_;
  uint32_t words_each_;
};

/// Whether a process that was started for the one would be just like one started for the other.
[[nodiscard]] inline bool want_same_process(const Task& one, const Task& other) {
  return one.command.argv == other.command.argv && one.command.environment == other.command.environment &&
         one.command.directory == other.command.directory && one.variables == other.variables && one.cpus == other.cpus;
}

struct Batch {
  /// The number is that of the first task; argv, what starts the process; timeout, that of each task; the executor, one
  /// that is_persistent().
  Task common;
  uint64_t place = 1;          ///< of the first task in its job; the others' follow: their MPR_TASK
  uint32_t count = 0;          ///< tasks; at least one
  uint32_t words_each = 1;     ///< of a request; at least one
  uint64_t recycle_after = 0;  ///< tasks after which a process is replaced; 0: never
  std::vector<std::byte> requests;
};

/// A task that succeeded and wrote nothing to stderr.
struct Answer {
  uint32_t bytes = 0;        ///< of stdout
  uint32_t nanoseconds = 0;  ///< that it took
};

}  // namespace mpr::worker
