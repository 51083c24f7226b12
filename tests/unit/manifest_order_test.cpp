#include <catch2/catch.hpp>

#include "manifest/manifest.hpp"
#include "manifest/manifest_error.hpp"

using namespace mpr::manifest;

namespace {

std::vector<JobIndex> order(const std::vector<std::vector<JobIndex>>& needs) {
  std::vector<Job> jobs(needs.size());
  for (size_t i = 0; i < needs.size(); ++i) jobs[i].needs = needs[i];
  return needs_first(jobs);
}

/// So many jobs, each of which needs the next; the last the one of that number.
std::string chain(size_t size, const std::string& last_needs) {
  std::string text = "{\"version\":1,\"jobs\":{";
  for (size_t i = 0; i < size; ++i) {
    const auto needs = i + 1 < size ? "\"j" + std::to_string(i + 1) + "\"" : last_needs;
    text += (i > 0 ? ",\n\"j" : "\n\"j") + std::to_string(i) + "\":{\"command\":[\"x\"],\"needs\":" + needs + "}";
  }
  return text + "}}";
}

}  // namespace

TEST_CASE("jobs come after what they need, else in the order of the document", "[manifest]") {
  using Order = std::vector<JobIndex>;
  CHECK(order({{}, {}, {}}) == Order{0, 1, 2});
  CHECK(order({{2}, {}, {}}) == Order{1, 2, 0});
  CHECK(order({{1}, {2}, {3}, {}}) == Order{3, 2, 1, 0});
  CHECK(order({{3}, {}, {0, 1}, {}, {1}}) == Order{1, 3, 0, 2, 4});
  CHECK(order({}).empty());
}

TEST_CASE("jobs in a circle, and those which need them, have no place in the order", "[manifest]") {
  CHECK(order({{1}, {0}, {0}, {}}) == std::vector<JobIndex>{3});
}

TEST_CASE("a long chain of jobs is no circle", "[manifest]") {
  const auto manifest = parse_manifest(chain(20'000, "[]"), "x.json");
  CHECK(needs_first(manifest.jobs).front() == 19'999);
}

TEST_CASE("a circle is spelt out, shortened when it is long", "[manifest]") {
  CHECK_THROWS_WITH(parse_manifest(chain(3, "\"j1\""), "x.json"),
                    "x.json:3:31: jobs.j1.needs: jobs need each other in a circle: j1 -> j2 -> j1");
  const std::string first =
      "j0 -> j1 -> j2 -> j3 -> j4 -> j5 -> j6 -> j7 -> j8 -> j9 -> j10 -> j11 -> j12 -> j13 -> j14 "
      "-> j15 -> j16 -> j17 -> ";
  CHECK_THROWS_WITH(parse_manifest(chain(20, "\"j0\""), "x.json"),
                    "x.json:2:31: jobs.j0.needs: jobs need each other in a circle: " + first + "j18 -> j19 -> j0");
  CHECK_THROWS_WITH(parse_manifest(chain(100'000, "\"j0\""), "x.json"),
                    "x.json:2:31: jobs.j0.needs: jobs need each other in a circle: " + first +
                        "(99980 more) -> j99998 -> j99999 -> j0");
}
