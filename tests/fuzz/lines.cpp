// Lines, as they are read from a pipe that other programs write: i of a list of inputs, z of one whose separator is
// NUL, a the answers of a filter. The next byte says how long the pieces are; the rest is what is written.
#include <algorithm>

#include "fuzz_input.hpp"
#include "manifest/error.hpp"
#include "manifest/line_reader.hpp"
#include "os/io.hpp"
#include "os/pipe.hpp"
#include "worker/line_protocol.hpp"

namespace {

using namespace mpr;
using test::require;

void read_inputs(std::string_view text, size_t piece, char separator) {
  os::Pipe pipe = os::make_pipe();
  auto reader = manifest::LineReader::standard_input(pipe.reader, separator);
  std::string_view unsent = text;
  std::string line;
  size_t at = 0;
  for (;;) {
    const manifest::Step step = reader.next(line);
    if (step == manifest::Step::end) break;
    if (step == manifest::Step::wait) {
      const auto bytes = std::as_bytes(std::span(unsent.substr(0, piece)));
      if (bytes.empty()) pipe.writer.reset();
      if (!bytes.empty()) require(os::write_some(pipe.writer, bytes).bytes == bytes.size(), "a piece fits", text);
      unsent.remove_prefix(bytes.size());
      continue;
    }
    require(line.find(separator) == std::string::npos && line.find('\0') == std::string::npos, "a line is one", text);
    require(text.substr(at, line.size()) == line, "a line is what was written", text);
    at += line.size();
    require(at == text.size() || text[at] == separator, "a line ends where its separator is", text);
    if (at < text.size()) ++at;
  }
  require(at == text.size() && unsent.empty(), "all lines are read", text);
}

void read_answers(std::string_view text, size_t piece) {
  worker::LineProtocol protocol;
  size_t lines = 0;
  std::string read;
  while (!text.empty()) {
    const std::string_view bytes = text.substr(0, piece);
    const auto reading = protocol.read(bytes);
    require(reading.used > 0 && reading.used <= bytes.size() && !reading.fault, "a piece is read", text);
    require(reading.complete == reading.text.ends_with('\n'), "an answer is complete at its end", text);
    lines += reading.complete;
    read += reading.text;
    text.remove_prefix(reading.used);
  }
  require(lines == static_cast<size_t>(std::count(read.begin(), read.end(), '\n')), "each line is an answer", read);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 2) return 0;
  const std::string_view text = test::text_of(data + 2, size - 2);
  const size_t piece = data[1] + 1U;
  try {
    if (data[0] == 'i') read_inputs(text, piece, '\n');
    if (data[0] == 'z') read_inputs(text, piece, '\0');
    if (data[0] == 'a') read_answers(text, piece);
  } catch (const manifest::Error&) {  // an input with a NUL byte
  }
  return 0;
}
