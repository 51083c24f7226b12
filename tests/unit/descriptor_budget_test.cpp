// How many workers a limit of open files has room for.
#include "runner/descriptor_budget.hpp"

#include <catch2/catch.hpp>

#include "runner/error.hpp"

using namespace mpr::runner;

TEST_CASE("without a limit of open files, or with a high one, there are as many workers as were asked for") {
  CHECK(DescriptorBudget::of({}, 3, 10'000).workers == 10'000);
  CHECK(DescriptorBudget::of(1024, 3, 300).workers == 300);
  CHECK(DescriptorBudget::of(1024, 3, 300).warning.empty());
}

TEST_CASE("a low limit of open files allows fewer workers, and that is said in one line") {
  const auto budget = DescriptorBudget::of(64, 3, 32);
  CHECK(budget.workers == 12);
  CHECK(budget.warning == "limit of open files 64: using 12 of 32 workers; raise it with ulimit -n");
  CHECK(DescriptorBudget::of(64, 12, 32).workers == 9);  // those that are open already count
  CHECK(DescriptorBudget::of(64, 3, 12).warning.empty());
}

TEST_CASE("a limit of open files without room for one worker is an error that says how to mend it") {
  CHECK(DescriptorBudget::of(30, 3, 4).workers == 1);
  try {
    (void)DescriptorBudget::of(29, 3, 1);
    FAIL("there is no room");
  } catch (const RunError& error) {
    CHECK(std::string(error.what()) == "limit of open files 29: mpr needs 30");
    CHECK(error.hint() == "raise it with ulimit -n");
  }
}
