#include "manifest/manifest.hpp"

#include <catch2/catch.hpp>

#include "full_manifest.hpp"
#include "manifest/manifest_error.hpp"
#include "support/temp_dir.hpp"

using namespace mpr::manifest;
using mpr::test::kFullManifest;
using namespace std::chrono_literals;

namespace {

using Words = std::vector<std::string>;

Manifest full() {
  return parse_manifest(kFullManifest, "runs/full.json");
}

std::vector<std::pair<std::string, std::optional<std::string>>> env_of(const Job& job) {
  return job.env;
}

Job only_job(const std::string& text) {
  auto manifest = parse_manifest("{\"version\":1,\"jobs\":{\"a\":" + text + "}}", "x.json");
  return manifest.jobs.front();
}

/// "n m+k": groups in order, a `+` before those that are linked.
std::string order_of_groups(const Job& job) {
  std::string text;
  for (const auto& group : job.groups) text += (group.linked ? "+" : text.empty() ? "" : " ") + group.name;
  return text;
}

}  // namespace

TEST_CASE("a manifest says what the run is called, and what its pool has", "[manifest]") {
  const auto manifest = full();
  CHECK(manifest.name == "nightly");
  CHECK(manifest.path == "runs/full.json");
  CHECK(manifest.directory == "runs");
  CHECK(manifest.pool.workers == "4");
  CHECK(manifest.pool.affinity == mpr::Affinity::core);
  CHECK(manifest.pool.isolate == Isolation::pid);
  CHECK(manifest.pool.memory == uint64_t{8} << 30U);
  REQUIRE(manifest.pool.resources.size() == 2);
  CHECK(manifest.pool.resources[0].name == "gpu");
  CHECK(manifest.pool.resources[0].count == 2);
  CHECK(manifest.pool.resources[1].name == "db-writes");
  REQUIRE(manifest.jobs.size() == 4);
  CHECK(manifest.jobs[1].name == "square.all");
}

TEST_CASE("the name of a manifest is by default that of its file", "[manifest]") {
  const std::string text = R"({"version":1,"jobs":{"a":{"command":["x"]}}})";
  CHECK(parse_manifest(text, "a/b.c.json").name == "b.c");
  CHECK(parse_manifest(text, "nightly").name == "nightly");
  CHECK(parse_manifest(text, ".json").name == ".json");
  CHECK(parse_manifest(text, "nightly").directory == ".");
}

TEST_CASE("the inputs of a job are groups of each kind", "[manifest]") {
  const auto manifest = full();
  const auto& job = manifest.jobs[1];
  CHECK(order_of_groups(job) == "n+colour file line one");
  const auto& specs = std::get<std::vector<InputSpec>>(job.groups[0].inputs);
  REQUIRE(specs.size() == 4);
  CHECK(std::get<Range>(specs[0]).size() == 3);
  CHECK(std::get<std::string>(specs[1]) == "7");
  CHECK(std::get<std::string>(specs[2]) == "x");
  CHECK(std::get<LinesOf>(specs[3]).path == "numbers");
  CHECK(std::get<Words>(job.groups[1].inputs) == Words{"red", "1..4", "5"});
  CHECK(std::get<Globs>(job.groups[2].inputs).patterns == Words{"*.txt", "*.md"});
  CHECK(std::get<OutputOf>(job.groups[3].inputs).job == 0);
  CHECK(std::get<Words>(job.groups[4].inputs) == Words{"9"});
  REQUIRE(job.exclusions.size() == 2);
  REQUIRE(job.exclusions[0].size() == 2);
  CHECK(job.exclusions[0][1].group == 1);
  CHECK(job.exclusions[0][1].value == "red");
  CHECK(job.exclusions[1][0].group == 4);
  CHECK(job.exclusions[1][0].value == "9");
}

TEST_CASE("every other key of a job", "[manifest]") {
  const auto manifest = full();
  const auto& job = manifest.jobs[1];
  CHECK(std::get<Words>(job.command) == Words{"./square", "{n}", "--of={colour}", "{#}"});
  CHECK(job.needs == std::vector<JobIndex>{0});
  CHECK(std::get<StdinFile>(job.stdin_from).path == "in.txt");
  CHECK(job.cwd == "{file//}");
  CHECK(job.timeout == 15s);
  CHECK(job.kill_after == 0s);
  CHECK(job.retries.count == 3);
  CHECK(job.retries.delay == 1s);
  CHECK(job.retries.backoff == 1.5);
  CHECK(job.success_codes == std::vector<int>{255});
  CHECK(job.allow_failure);
  CHECK(job.resources.cpus == 4);
  CHECK(job.resources.memory == uint64_t{3} << 29U);
  REQUIRE(job.resources.named.size() == 1);
  CHECK(job.resources.named[0].count == 2);
  CHECK(job.executor == ExecutorChoice::exec);
  CHECK(job.capture.to == CaptureTo::file);
  CHECK(job.capture.file == "out/{n}.txt");
}

TEST_CASE("the defaults are said for each job that does not say otherwise, variable by variable", "[manifest]") {
  const auto manifest = full();
  const auto& job = manifest.jobs[0];
  CHECK(env_of(job) == env_of(manifest.jobs[2]));
  CHECK(env_of(job) == std::vector<std::pair<std::string, std::optional<std::string>>>{{"LANG", "C"}, {"HOME", {}}});
  CHECK(env_of(manifest.jobs[1]) == std::vector<std::pair<std::string, std::optional<std::string>>>{
                                        {"HOME", {}}, {"LANG", "de_DE"}, {"N", "n is {n}"}});
  CHECK(job.cwd == "work");
  CHECK(job.timeout == 5min);
  CHECK(job.kill_after == 2500ms);
  CHECK(job.retries.count == 2);
  CHECK(job.success_codes == std::vector<int>{0, 3});
  CHECK(job.resources.cpus == 2);
  CHECK(job.capture.to == CaptureTo::keep);
}

TEST_CASE("a job that says nothing runs once, as itself", "[manifest]") {
  const auto job = only_job(R"({"command": "true"})");
  CHECK(std::get<std::string>(job.command) == "true");
  CHECK(job.groups.empty());
  CHECK(job.needs.empty());
  CHECK(std::holds_alternative<std::monostate>(job.stdin_from));
  CHECK_FALSE(job.timeout);
  CHECK(job.retries.count == 0);
  CHECK(job.success_codes == std::vector<int>{0});
  CHECK(job.resources.cpus == 1);
  CHECK(job.capture.to == CaptureTo::print);
}

TEST_CASE("whoever reads another job needs it", "[manifest]") {
  const auto manifest = full();
  CHECK(manifest.jobs[2].needs == std::vector<JobIndex>{0, 1});
  CHECK(std::get<StdinOutput>(manifest.jobs[2].stdin_from).job == 0);
  CHECK(std::get<StdinText>(manifest.jobs[3].stdin_from).text == std::string("hello\n\0", 7));
}

TEST_CASE("inputs without names are one group", "[manifest]") {
  const auto words_of = [](const std::string& inputs) {
    const auto job = only_job(R"({"command": ["x", "{}", "{1}"], "inputs": )" + inputs + "}");
    REQUIRE(job.groups.size() == 1);
    CHECK(job.groups.front().name.empty());
    return std::get<Words>(job.groups.front().inputs);
  };
  CHECK(words_of("\"a\"") == Words{"a"});
  CHECK(words_of("-5") == Words{"-5"});
  CHECK(words_of("99999999999999999999") == Words{"99999999999999999999"});
  CHECK(words_of(R"(["a", "x=y", ""])") == Words{"a", "x=y", ""});
  CHECK(words_of("[]").empty());
  CHECK(words_of(R"({"values": ["@-", "1..x"]})") == Words{"@-", "1..x"});
}

TEST_CASE("linked groups are put one after another, where the first of them stands", "[manifest]") {
  const auto order = [](const std::string& link) {
    return order_of_groups(
        only_job(R"({"command": ["x"], "inputs": {"a":1,"b":1,"c":1,"d":1,"e":1}, "link": )" + link + "}"));
  };
  CHECK(order("false") == "a b c d e");
  CHECK(order("true") == "a+b+c+d+e");
  CHECK(order(R"(["e","b"])") == "a b+e c d");
  CHECK(order(R"([["e","a"],["d","b"]])") == "a+e b+d c");
  CHECK(order(R"([["d","c"]])") == "a b c+d e");
}

TEST_CASE("a manifest is read from its file", "[manifest]") {
  const mpr::test::TempDir files;
  const auto path = files.write("full.json", std::string("\xEF\xBB\xBF") + kFullManifest);
  CHECK(read_manifest(path).jobs.size() == 4);
  CHECK_THROWS_WITH(read_manifest(files / "none.json"),
                    "cannot read '" + files / "none.json" + "': No such file or directory");
  CHECK_THROWS_WITH(read_manifest(files / ""), "cannot read '" + files / "" + "': Is a directory");
  const auto empty = files.write("empty.json", "");
  CHECK_THROWS_AS(read_manifest(empty), Error);
  CHECK_THROWS_WITH(read_manifest(empty), empty + ":1:1: the file is empty");
}

TEST_CASE("a default that a job replaces need not fit that job", "[manifest]") {
  const auto manifest =
      parse_manifest(R"({"version":1, "defaults": {"cwd": "{n}", "env": {"N": "{n}", "A": "b"}}, "jobs": {
      "a": {"command": ["x"], "inputs": {"n": 1}}, "b": {"command": ["x"], "cwd": "here", "env": {"N": null}}}})",
                     "x.json");
  CHECK(manifest.jobs[0].cwd == "{n}");
  CHECK(manifest.jobs[1].env == std::vector<std::pair<std::string, std::optional<std::string>>>{{"A", "b"}, {"N", {}}});
}
