// The size of pieces, in one byte, and what a process that is asked in JSON answers, in such pieces: read as it is in
// one piece, and as nlohmann's parser reads it.
#include <algorithm>

#include <nlohmann/json.hpp>

#include "fuzz_input.hpp"
#include "worker/json_protocol.hpp"

namespace {

using namespace mpr;
using test::require;
using Json = nlohmann::json;

struct Response {
  size_t used = 0;
  bool complete = false;
  std::optional<worker::Fault> fault;
  int exit_status = 0;
  std::string output;
};

Response read(std::string_view text, size_t piece) {
  worker::JsonProtocol protocol;
  Response response;
  while (response.used < text.size() && !response.complete && !response.fault) {
    const std::string_view bytes = text.substr(response.used, piece);
    const auto reading = protocol.read(bytes);
    require(reading.used <= bytes.size(), "no more is used than there is", text);
    require(reading.used == bytes.size() || reading.complete || reading.fault, "all is used up to an end", text);
    response.used += reading.used;
    response.complete = reading.complete;
    response.fault = reading.fault;
    response.exit_status = reading.exit_status;
    response.output += reading.text;
  }
  return response;
}

/// nlohmann refuses a number that no double can hold, wherever it is.
bool may_overflow(std::string_view text) {
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  for (size_t at = 1; at < text.size(); ++at) {
    if ((text[at] == 'e' || text[at] == 'E') && (is_digit(text[at - 1]) || text[at - 1] == '.')) return true;
  }
  return std::count_if(text.begin(), text.end(), is_digit) > 300;
}

/// What is JSON but may be refused all the same, or is none and is taken for some.
bool is_special(std::string_view text) {
  for (const char* field : {"xit", "utput", "equest", "\\u", "\xef\xbb\xbf"}) {
    if (text.find(field) != std::string_view::npos) return true;
  }
  return std::count(text.begin(), text.end(), '[') + std::count(text.begin(), text.end(), '{') > 64;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string_view text = test::text_of(data + 1, size - 1);
  const Response whole = read(text, text.size());
  const Response pieces = read(text, data[0] % 8 + 1U);
  require(pieces.used == whole.used && pieces.complete == whole.complete && pieces.fault == whole.fault,
          "pieces are read as the whole is", text);
  require(!whole.complete || (pieces.output == whole.output && pieces.exit_status == whole.exit_status),
          "pieces say what the whole says", text);

  const Json json = Json::parse(text.substr(0, whole.complete ? whole.used : text.size()), nullptr, false);
  if (whole.complete && !may_overflow(text)) {
    require(json.is_object(), "what is taken for a response is an object", text);
    const auto output = json.find("output");
    require(whole.output == (output != json.end() && output->is_string() ? output->get<std::string>() : ""),
            "the output is what the string says", text);
    require(whole.exit_status >= 0 && whole.exit_status <= 255, "an exit status is one", text);
    const auto code = json.find("exitCode");
    if (code != json.end() && code->is_number())
      require(code->get<double>() == whole.exit_status, "the exit status is the number", text);
  }
  if (!whole.complete && !is_special(text)) require(!json.is_object(), "an object is a response", text);
  return 0;
}
