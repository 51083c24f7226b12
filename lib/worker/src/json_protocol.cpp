#include "worker/json_protocol.hpp"

#include <algorithm>
#include <cerrno>

#include "json_response.hpp"
#include "utf8_check.hpp"

namespace mpr::worker {
namespace {

void put_string(std::string_view text, std::string& to) {
  constexpr const char* kHex = "0123456789abcdef";
  to += '"';
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      to += {'\\', c};
    } else if (byte < 0x20) {
      to += {'\\', 'u', '0', '0', kHex[byte >> 4U], kHex[byte & 0xFU]};
    } else {
      to += c;
    }
  }
  to += '"';
}

}  // namespace

JsonProtocol::JsonProtocol() : response_(std::make_unique<JsonResponse>()) {}
JsonProtocol::~JsonProtocol() = default;

int JsonProtocol::put_request(const Requests::Words& words, std::string& to) const {
  if (!std::all_of(words.begin(), words.end(), is_utf8)) return EILSEQ;
  to += R"({"arguments":[)";
  for (const std::string_view word : words) {
    put_string(word, to);
    to += ',';
  }
  to.pop_back();  // the last comma; there is one word at least
  to += "],\"inputs\":[],\"requestId\":0}\n";
  return 0;
}

size_t JsonProtocol::blanks(std::string_view bytes) const {
  return std::min(bytes.find_first_not_of(" \t\r\n"), bytes.size());
}

Protocol::Reading JsonProtocol::read(std::string_view bytes) {
  text_.clear();
  Reading reading;
  reading.used = response_->read(bytes, text_);
  reading.text = text_;
  reading.complete = response_->complete();
  reading.exit_status = response_->exit_code();
  reading.fault = response_->fault();
  if (reading.complete) restart();
  return reading;
}

void JsonProtocol::restart() {
  *response_ = JsonResponse{};
}

}  // namespace mpr::worker
