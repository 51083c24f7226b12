// LineProtocol: a line for a line, for filters such as `sed -u` and `bc -l`. A request is its words, joined by blanks;
// its answer, the next line that the filter writes, is what the task has written to its standard output.
//
// The filter must read and write by the line, not when a buffer is full (sed -u, grep --line-buffered, gawk with
// fflush(), mawk -W interactive, python3 -u, stdbuf -oL): it waits for more otherwise, until its timeout.
#pragma once

#include "worker/protocol.hpp"

namespace mpr::worker {

class LineProtocol final : public Protocol {
 public:
  [[nodiscard]] std::optional<std::string> last_word() const override { return std::nullopt; }
  [[nodiscard]] bool writes_ahead() const override { return true; }
  /// EINVAL: a word contains a line end.
  [[nodiscard]] int put_request(const Requests::Words& words, std::string& to) const override;
  [[nodiscard]] size_t blanks(std::string_view) const override { return 0; }
  [[nodiscard]] Reading read(std::string_view bytes) override;
  void restart() override {}
};

}  // namespace mpr::worker
