#include "manifest/nearest_name.hpp"

#include <catch2/catch.hpp>

using mpr::manifest::NearestName;
using mpr::manifest::slips_between;

namespace {

std::string hint(const char* word) {
  NearestName nearest(word);
  for (const char* name : {"command", "inputs", "timeout", "env", "cwd", "retries", "resources", "n"})
    nearest.consider(name);
  return nearest.hint();
}

}  // namespace

TEST_CASE("slips are letters left out, put in, replaced, or exchanged with their neighbour", "[nearest]") {
  CHECK(slips_between("timeout", "timeout", 3) == 0);
  CHECK(slips_between("timout", "timeout", 3) == 1);
  CHECK(slips_between("timeoutt", "timeout", 3) == 1);
  CHECK(slips_between("timeoux", "timeout", 3) == 1);
  CHECK(slips_between("timeuot", "timeout", 3) == 1);
  CHECK(slips_between("", "abc", 3) == 3);
  CHECK(slips_between("ca", "abc", 3) == 3);
  CHECK(slips_between("a", "abcdef", 3) > 3);
}

TEST_CASE("the nearest of several names is meant, if it is near", "[nearest]") {
  CHECK(hint("timout") == "did you mean 'timeout'?");
  CHECK(hint("commnad") == "did you mean 'command'?");
  CHECK(hint("input") == "did you mean 'inputs'?");
  CHECK(hint("cmd") == "did you mean 'cwd'?");
  CHECK(hint("vne").empty());
  CHECK(hint("x").empty());
  CHECK(hint("").empty());
  CHECK(hint("frobnicate").empty());
}
