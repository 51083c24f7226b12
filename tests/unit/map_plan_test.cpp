#include "manifest/map_plan.hpp"

#include <catch2/catch.hpp>

#include "scratch_files.hpp"

using namespace mpr::manifest;
using Next = mpr::runner::TaskSource::Next;
using Words = std::vector<std::string>;

namespace {

MapPlan plan_of(std::vector<InputGroup> groups, const Words& command, InputSource::Options options = {}) {
  InputSource inputs(std::move(groups), options);
  auto compiled = CommandTemplate::words(command, inputs.group_names());
  return {std::move(inputs), std::move(compiled)};
}

}  // namespace

TEST_CASE("a plan gives the inputs of each task, and its words") {
  auto plan = plan_of({specs_group(Words{"n=1..2"}), specs_group(Words{"a"})}, {"echo", "{n}{2}", "{#}"});
  CHECK(plan.total() == 2);
  mpr::runner::Inputs inputs;
  REQUIRE(plan.next(inputs) == Next::task);
  CHECK(plan.command(inputs, 1, 1).argv == Words{"echo", "1a", "1"});
  REQUIRE(plan.next(inputs) == Next::task);
  CHECK(plan.command(inputs, 2, 1).argv == Words{"echo", "2a", "2"});
  CHECK(plan.next(inputs) == Next::end);
}

TEST_CASE("a plan over a pipe waits for it") {
  mpr::test::ScratchPipe pipe;
  auto plan = plan_of({}, {"echo"}, {.standard_input = pipe.reader()});
  mpr::runner::Inputs inputs;
  CHECK(plan.next(inputs) == Next::wait);
  CHECK(plan.wait_fd() == pipe.reader());
  CHECK(plan.total() == std::nullopt);
  pipe.close();
  CHECK(plan.next(inputs) == Next::end);
  CHECK(plan.total() == 0);
}
