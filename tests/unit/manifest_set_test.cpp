#include <catch2/catch.hpp>

#include "full_manifest.hpp"
#include "manifest/manifest.hpp"
#include "manifest/manifest_error.hpp"

using namespace mpr::manifest;
using namespace std::chrono_literals;

namespace {

using Words = std::vector<std::string>;

Manifest full_with(const Words& sets) {
  return parse_manifest(mpr::test::kFullManifest, "full.json", sets);
}

void refused(const std::string& word, const std::string& message, const std::string& hint) {
  const Words sets{word};
  try {
    (void)parse_manifest(R"({"version":1,"jobs":{"square":{"command":["x"],"timeout":"1s"}}})", "n.json", sets);
    FAIL("accepted");
  } catch (const ManifestError& error) {
    CHECK(error.what() == "--set " + word + ": " + message);
    CHECK(error.hint() == hint);
  }
}

}  // namespace

TEST_CASE("--set changes what a manifest says", "[manifest]") {
  const auto manifest = full_with({"jobs.square.all.inputs.n=1..8", "jobs.square.all.link=false",
                                   "jobs.square.all.exclude=[]", "defaults.timeout=7s", "pool.workers=6", "name=weekly",
                                   "jobs.list.env.LANG=fr", "jobs.list.env.DIR=/tmp"});
  CHECK(std::get<Range>(std::get<std::vector<InputSpec>>(manifest.jobs[1].groups[0].inputs)[0]).size() == 8);
  CHECK(manifest.jobs[0].timeout == 7s);
  CHECK(manifest.pool.workers == "6");
  CHECK(manifest.name == "weekly");
  CHECK(manifest.jobs[0].env[1].second == "fr");
  CHECK(manifest.jobs[0].env[2].second == "/tmp");
}

TEST_CASE("--set can make a manifest", "[manifest]") {
  const Words sets{"version=1", "jobs.hello.command=[\"echo\",\"{}\"]", "jobs.hello.inputs=a..c"};
  const auto manifest = parse_manifest("{}", "x.json", sets);
  REQUIRE(manifest.jobs.size() == 1);
  CHECK(manifest.jobs[0].groups.size() == 1);
}

TEST_CASE("mistakes of --set are told as such", "[manifest]") {
  const std::string how = "write \"command\": [\"PROGRAM\", \"ARGUMENT\"] or \"command\": \"SCRIPT\"";
  refused("jobs.square.timeout=soon",
          "jobs.square.timeout: 'soon' is not a duration: a number is missing before 'soon'",
          "write it like 250ms, 30s, 5m or 1h30m");
  refused("timeout", "expected PATH=VALUE", "write it like --set jobs.build.timeout=5m");
  refused("jobs.square.command.x=1", "jobs.square.command: expected an object, not an array", "");
  refused("jobs.sqare.timeout=5s", "jobs.sqare: 'command' is missing", "did you mean 'square'?");
  refused("jobs.count.timeout=5s", "jobs.count: 'command' is missing", how);
  refused("jobs.square.env.A=5", "jobs.square.env.A: expected a string, or null to unset it, not a number",
          "write it as a string: \"5\"");
  refused("defaults.timout=1", "defaults.timout: unknown key", "did you mean 'timeout'?");
  refused("jobs.square.inputs.n=1..x", "jobs.square.inputs.n: '1..x' is not a range: 'x' is not a number",
          "to take it as it is, write {\"values\": [\"1..x\"]}");
  refused("pool.workers=none", "pool.workers: 'none' is not a number of workers",
          "use a number, a percentage of the CPUs such as 50%, or auto");
}
