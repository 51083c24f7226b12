#include "worker/line_protocol.hpp"

#include <cerrno>

namespace mpr::worker {

int LineProtocol::put_request(const Requests::Words& words, std::string& to) const {
  for (const std::string_view word : words) {
    if (word.find('\n') != std::string_view::npos) return EINVAL;
  }
  for (const std::string_view word : words) {
    to += word;
    to += ' ';
  }
  to.back() = '\n';  // behind the last word; there is one at least
  return 0;
}

Protocol::Reading LineProtocol::read(std::string_view bytes) {
  const size_t end = bytes.find('\n');
  Reading reading;
  reading.complete = end != std::string_view::npos;
  reading.text = bytes.substr(0, reading.complete ? end + 1 : end);
  reading.used = reading.text.size();
  return reading;
}

}  // namespace mpr::worker
