#include "manifest/shell_context.hpp"

#include <catch2/catch.hpp>

namespace {

bool quoted_after(const char* script) {
  mpr::manifest::ShellContext context;
  context.read(script);
  return context.between_quotes();
}

}  // namespace

TEST_CASE("a script is between quotes after an opening one") {
  for (const char* script : {"echo \"", "echo '", "echo 'a' \"b ", "echo \"it's ", "echo \"$(cat x) ", "echo \"`ls` ",
                             "echo \\\\\"", "# it's a comment\necho '", "echo a#'", "echo \"$(echo \"", "(echo a) '"}) {
    CAPTURE(script);
    CHECK(quoted_after(script));
  }
}

TEST_CASE("a script is not between quotes before, after closing ones, or where none count") {
  for (const char* script : {"", "echo ", "echo 'a' ", "echo \"a\" ", "echo \\\" ", "echo \"it's\" ",
                             "# it's a comment\n", "ls; # \"\n", "echo 'a\\' ", "echo \"a\\\"\" "}) {
    CAPTURE(script);
    CHECK_FALSE(quoted_after(script));
  }
}

TEST_CASE("a command substitution within quotes is outside of them") {
  for (const char* script : {"echo \"$(cat ", "echo \"`cat ", "echo \"$(cat \"$x\" ", "echo \"$(( 1 + ", "x=$(cat "}) {
    CAPTURE(script);
    CHECK_FALSE(quoted_after(script));
  }
}
