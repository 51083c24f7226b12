// Protocol: how tasks are asked of a process that stays, and how its answers are read. Bytes in, bytes out: no I/O.
//
//   protocol.put_request(words, to_write);
//   const Protocol::Reading reading = protocol.read(bytes);     // again with what follows reading.used, until complete
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "worker/batch.hpp"
#include "worker/task.hpp"

namespace mpr::worker {

class Protocol {
 public:
  /// How far an answer has been read.
  struct Reading {
    size_t used = 0;        ///< of the bytes; all of them, unless the answer is complete
    std::string_view text;  ///< what the task has written, so far as it follows from them; valid until the next read()
    bool complete = false;
    int exit_status = 0;  ///< of an answer that is complete
    std::optional<Fault> fault;
  };

  virtual ~Protocol() = default;

  /// What the process is to be told when it is started; none: nothing.
  [[nodiscard]] virtual std::optional<std::string> last_word() const = 0;
  /// Whether requests may be written before the ones before them are answered.
  [[nodiscard]] virtual bool writes_ahead() const = 0;
  /// Appends a request. Answers the error of SpawnStep::request for what cannot be asked: nothing is appended then.
  [[nodiscard]] virtual int put_request(const Requests::Words& words, std::string& to) const = 0;
  /// How many bytes at the beginning say nothing when they stand between answers.
  [[nodiscard]] virtual size_t blanks(std::string_view bytes) const = 0;
  [[nodiscard]] virtual Reading read(std::string_view bytes) = 0;
  /// Another process is going to answer: what has been read of an answer is forgotten.
  virtual void restart() = 0;
};

}  // namespace mpr::worker
