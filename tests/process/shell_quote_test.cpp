#include "manifest/shell_quote.hpp"

#include <cstdio>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

namespace {

/// What `sh -c script` writes. popen, as that is what these quotes are for: a shell reads them.
std::string output_of_sh(const std::string& script) {
  FILE* pipe = ::popen(script.c_str(), "r");
  REQUIRE(pipe != nullptr);
  std::string out;
  for (int c = std::fgetc(pipe); c != EOF; c = std::fgetc(pipe)) out += static_cast<char>(c);
  CHECK(::pclose(pipe) == 0);
  return out;
}

std::string all_bytes_but_nul() {
  std::string bytes;
  for (int c = 1; c < 256; ++c) bytes += static_cast<char>(c);
  return bytes;
}

}  // namespace

TEST_CASE("a shell reads every quoted byte back, alone and all together") {
  std::string expected = all_bytes_but_nul();
  std::string script = "printf %s " + mpr::manifest::shell_quote(expected);
  for (const char c : all_bytes_but_nul()) {
    script += " " + mpr::manifest::shell_quote(std::string(1, c));
    expected += c;
  }
  CHECK(output_of_sh(script) == expected);
}

TEST_CASE("a shell reads a joined command line back word by word") {
  const std::vector<std::string> words{"printf", "%s|", "",   "a b", "it's", "$HOME", "`x`", "~",  "*",  "#",
                                       "-n",     "a=b", "\n", "\\",  "'",    "!",     "{}",  ";&", "\"", "if"};
  std::string expected;
  for (size_t i = 2; i < words.size(); ++i) expected += words[i] + "|";
  CHECK(output_of_sh(mpr::manifest::shell_join(words)) == expected);
}

TEST_CASE("a quoted word is a word wherever the shell reads one") {
  using mpr::manifest::shell_quote;
  CHECK(output_of_sh("printf %s " + shell_quote("2") + ">&1") == "2");
  CHECK(output_of_sh("a=1; { " + shell_quote("a=2") + "; } 2>/dev/null; printf %s $a") == "1");
  CHECK(output_of_sh("{ " + shell_quote("if") + "; } 2>/dev/null; printf %s $?") == "127");
}
