// What mpr tells of words and outputs that are not its own. The first byte says how: p to a person, at a terminal or in
// a log that a CI service reads; q to a shell; j to a program that reads JSON.
#include <algorithm>

#include <nlohmann/json.hpp>

#include "fuzz_input.hpp"
#include "manifest/shell_quote.hpp"
#include "report/ndjson.hpp"

namespace {

using namespace mpr;
using test::require;
using Json = nlohmann::json;

/// What some service takes for a command to itself: GitHub and Azure Pipelines, TeamCity.
bool holds_command(std::string_view text) {
  for (size_t at = text.find("##"); at != std::string_view::npos; at = text.find("##", at + 1)) {
    const std::string_view rest = text.substr(at + 2);
    const size_t end = rest.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");
    if (end != std::string_view::npos && rest[end] == '[') return true;
  }
  const size_t first = text.find_first_not_of(' ');
  return first != std::string_view::npos && text.substr(first, 2) == "::" && text.size() > first + 2 &&
         std::isalpha(static_cast<unsigned char>(text[first + 2])) != 0;
}

void check_printable(std::string_view text) {
  const std::string shown = manifest::printable(text);
  require(std::none_of(shown.begin(), shown.end(), [](char c) { return (c >= 0 && c < ' ') || c == 0x7f; }),
          "nothing that is shown is a control character", text);
  require(shown.find("\xc2\x9b") == std::string::npos, "nor one of C1", text);
  require(Json(shown).dump().size() > shown.size(), "what is shown is UTF-8", text);  // dump() throws for others
  require(manifest::printable(shown) == shown, "what can be shown is shown as it is", text);
  require(!holds_command(shown), "nothing that is shown is a command to a CI service", text);
}

/// The word that a POSIX shell reads where a quoted one stands.
std::string unquoted(std::string_view quoted) {
  std::string word;
  bool inside = false;
  for (size_t at = 0; at < quoted.size(); ++at) {
    if (quoted[at] == '\'')
      inside = !inside;
    else if (!inside && quoted[at] == '\\')
      word += quoted[++at];
    else
      require(inside, "nothing stands outside of the quotes", quoted), word += quoted[at];
  }
  require(!inside, "quotes are closed", quoted);
  return word;
}

void check_json(std::string_view text) {
  report::NdjsonWriter writer;
  writer.output(worker::Stream::out, std::as_bytes(std::span(text)));
  runner::FinishedTask task;
  task.inputs = {std::string(text)};
  std::string line;
  writer.finished(task, {"", 1}, {std::string(text)}, line);
  require(std::count(line.begin(), line.end(), '\n') == 1 && line.ends_with('\n'), "a task is one line", text);
  const Json object = Json::parse(line);
  const bool is_text = object.contains("stdout");
  require(is_text != object.contains("stdout_base64"), "an output is text, or it is not", text);
  require(object.at("inputs").at(0).is_string() == is_text, "an input is told as an output is", text);
  if (is_text) require(object.at("stdout") == text && object.at("argv").at(0) == text, "a text is itself", text);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string_view text = test::text_of(data + 1, size - 1);
  if (data[0] == 'p') check_printable(text);
  if (data[0] == 'q') require(unquoted(manifest::shell_quote(text)) == text, "a quoted word is that word", text);
  if (data[0] == 'j') check_json(text);
  return 0;
}
