#include "manifest/shell_context.hpp"

#include <catch2/catch.hpp>

namespace {

using Place = mpr::manifest::ShellContext::Place;

Place place_after(const char* script) {
  mpr::manifest::ShellContext context;
  context.read(script);
  return context.place();
}

bool quoted_after(const char* script) {
  return place_after(script) == Place::quotes;
}

}  // namespace

TEST_CASE("a script is between quotes after an opening one") {
  for (const char* script : {"echo \"", "echo '", "echo 'a' \"b ", "echo \"it's ", "echo \"$(cat x) ", "echo \"`ls` ",
                             "echo \\ #'", "echo $(ls)#'", "echo $((1))#'", "echo $'a\\\\' $'b", "echo \\\\\"",
                             "# it's a comment\necho '", "echo a#'", "echo \"$(echo \"", "(echo a) '"}) {
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
  for (const char* script : {"echo \"$(cat ", "echo \"$(cat \"$x\" ", "echo \"$( (cat ", "x=$(cat "}) {
    CAPTURE(script);
    CHECK_FALSE(quoted_after(script));
  }
}

TEST_CASE("a script knows where else quotes around a value would not hold") {
  for (const char* script : {"true # ", "#", "$(cat # ", "true ># "}) CHECK(place_after(script) == Place::comment);
  for (const char* script : {"`", "echo `cat '", "echo \"`ls #"}) CHECK(place_after(script) == Place::backquotes);
  for (const char* script : {"echo $((", "echo \"$((1 + (2)"}) CHECK(place_after(script) == Place::arithmetic);
  for (const char* script : {"echo ${x:-", "echo \"${x:-", "${x#(", "${x:-${y:-a}"})
    CHECK(place_after(script) == Place::parameter);
  for (const char* script : {"\\", "echo \"\\", "cat <\\"}) CHECK(place_after(script) == Place::escaped);
  for (const char* script : {"cat <<", "cat <\\\n<E\n"}) CHECK(place_after(script) == Place::here_document);
}

TEST_CASE("a script goes on after what is closed") {
  for (const char* script : {"echo `ls '` ", "echo `# `", "echo $((1 << (2))) ", "echo ${x#)} ${x%\"}\"} ",
                             "$(ls # )\n) ", "echo \"$((1))\" ", "echo \"${x}\" ", "echo $(case_x a) "}) {
    CAPTURE(script);
    CHECK(place_after(script) == Place::command);
  }
}

TEST_CASE("where shells differ, or it would take all of a shell to know, the rest of a script is unclear") {
  for (const char* script :
       {"echo $'a\\' ", "echo \"${x:-\"a\"}\" ", "echo $(( \"1\" )) ", "((x=1)) ", "\"$(case x in x) echo \""}) {
    CAPTURE(script);
    CHECK(place_after(script) == Place::unclear);
  }
}
