// The README's table of faults: each row names the tests that hold it to its word.
#include <filesystem>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <catch2/catch.hpp>

#include "support/result.hpp"
#include "support/temp_dir.hpp"

using namespace mpr::test;

namespace {

/// The words of a string literal that begins at `place`, be it in several pieces; "" where none does.
std::string literal_at(std::string_view text, size_t place) {
  std::string words;
  for (;;) {
    place = text.find_first_not_of(" \n", place);
    if (place == std::string_view::npos || text[place] != '"') return words;
    for (++place; place < text.size() && text[place] != '"'; ++place) {
      if (text[place] == '\\') ++place;
      words += text[place];
    }
    ++place;
  }
}

std::set<std::string> test_names() {
  std::set<std::string> names;
  constexpr std::string_view kBegin = "TEST_CASE(";
  for (const auto& entry : std::filesystem::recursive_directory_iterator(MPR_SOURCE_DIR "/tests")) {
    if (entry.path().extension() != ".cpp") continue;
    const std::string text = read_file(entry.path());
    for (size_t at = text.find(kBegin); at != std::string::npos; at = text.find(kBegin, at + 1)) {
      names.insert(literal_at(text, at + kBegin.size()));
    }
  }
  return names;
}

/// The rows of the tables in the chapter on faults, without their heads.
std::vector<std::string> rows() {
  std::vector<std::string> rows;
  bool in_chapter = false;
  for (const std::string& line : lines(read_file(MPR_SOURCE_DIR "/README.md"))) {
    if (line.starts_with("#")) in_chapter = line == "### Faults";
    if (in_chapter && line.starts_with("| ") && !line.starts_with("| fault |")) rows.push_back(line);
  }
  return rows;
}

/// What stands between backticks in the last column.
std::vector<std::string> tests_of(const std::string& row) {
  const size_t column = row.rfind('|', row.size() - 2);
  std::vector<std::string> names;
  for (size_t from = row.find('`', column); from != std::string::npos; from = row.find('`', from + 1)) {
    const size_t to = row.find('`', from + 1);
    names.push_back(row.substr(from + 1, to - from - 1));
    from = to;
  }
  return names;
}

}  // namespace

TEST_CASE("each row of the table of faults names the tests that hold it to its word") {
  const std::set<std::string> known = test_names();
  const std::vector<std::string> table = rows();
  CHECK(table.size() > 40);
  for (const std::string& row : table) {
    INFO(row);
    const std::vector<std::string> tests = tests_of(row);
    CHECK_FALSE(tests.empty());
    for (const std::string& test : tests) {
      INFO(test);
      CHECK(known.contains(test));
    }
  }
}
