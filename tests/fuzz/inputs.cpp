// What people write on the command line. The first byte says what the rest is: g words of a group, one a line; d a
// duration; s a size; w a number of workers.
#include "fuzz_input.hpp"
#include "manifest/duration.hpp"
#include "manifest/error.hpp"
#include "manifest/input_group.hpp"
#include "manifest/size.hpp"
#include "manifest/worker_count.hpp"

namespace {

using namespace mpr;
using test::require;

void check_range(const manifest::Range& range, const std::string& word) {
  require(range.size() > 0, "a range has values", word);
  const std::string first = range.at(0);
  require(!first.empty(), "a value of a range is not empty", word);
  const std::string last = range.at(range.size() - 1);
  require(first != last || range.size() == 1, "the ends of a range differ", word);
  std::string written = "before";
  range.write(range.size() / 2, written);
  require(written == range.at(range.size() / 2), "write() and at() agree", word);
}

void check_spec(const std::string& word) {
  try {
    const manifest::InputSpec spec = manifest::parse_input_spec(word);
    if (const auto* range = std::get_if<manifest::Range>(&spec)) check_range(*range, word);
    if (const auto* value = std::get_if<std::string>(&spec)) require(*value == word, "a value is itself", word);
    if (const auto* lines = std::get_if<manifest::LinesOf>(&spec))
      require("@" + lines->path == word, "a file is what follows the @", word);
  } catch (const manifest::Error&) {
  }
}

void check_group(const std::vector<std::string>& words) {
  for (const auto& word : words) check_spec(word);
  require(manifest::values_group(words).specs.size() == words.size(), "values are taken as they are");
  const manifest::InputGroup group = manifest::specs_group(words);
  require(group.name.empty() || manifest::is_group_name(group.name), "a group's name is a name", group.name);
  require(group.specs.size() + 1 >= words.size(), "a word is a spec, unless the first is a name alone");
}

void check_duration(std::string_view text) {
  const os::Duration duration = manifest::parse_duration(text);
  require(duration.count() >= 0, "a duration is not negative", text);
  require(!manifest::format_duration(duration).empty(), "a duration can be written", text);
}

void check(char kind, std::string_view text) {
  if (kind == 'g') check_group(test::split(text, '\n'));
  if (kind == 'd') check_duration(text);
  if (kind == 's') (void)manifest::parse_size(text);
  if (kind == 'w') {
    const unsigned count = manifest::parse_worker_count(text, 8);
    require(count >= 1 && count <= manifest::kMostWorkers, "there are workers, not too many", text);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  try {
    check(static_cast<char>(data[0]), test::text_of(data + 1, size - 1));
  } catch (const manifest::Error&) {
  }
  return 0;
}
