// JsonProtocol: the JSON protocol of Bazel's persistent workers, one request at a time ("singleplex"), so that a
// program made to be one of those can be used as it is. The process is started with --persistent_worker at its end.
//
//   to the process    {"arguments":["word","word"],"inputs":[],"requestId":0}      in one line
//   from the process  {"exitCode":0,"output":"text","requestId":0}                 blanks and lines as JSON allows
//
// exitCode is the exit status of the task, and output is what it wrote to its standard output. What the process writes
// to its standard error while the task runs is the task's, too. A field that is absent or null is 0 or "", one that is
// not known is passed over.
#pragma once

#include <memory>

#include "worker/protocol.hpp"

namespace mpr::worker {

class JsonResponse;

class JsonProtocol final : public Protocol {
 public:
  JsonProtocol();
  JsonProtocol(const JsonProtocol&) = delete;
  JsonProtocol& operator=(const JsonProtocol&) = delete;
  ~JsonProtocol() override;

  [[nodiscard]] std::optional<std::string> last_word() const override { return "--persistent_worker"; }
  [[nodiscard]] bool writes_ahead() const override { return false; }
  /// EILSEQ: a word is not UTF-8.
  [[nodiscard]] int put_request(const Requests::Words& words, std::string& to) const override;
  [[nodiscard]] size_t blanks(std::string_view bytes) const override;
  [[nodiscard]] Reading read(std::string_view bytes) override;
  void restart() override;

 private:
  std::unique_ptr<JsonResponse> response_;
  std::string text_;
};

}  // namespace mpr::worker
