// Planner: what a manifest says, as a plan for the runner.
//
//   auto manifest = std::make_shared<const Manifest>(read_manifest("nightly.json"));
//   runner::Plan plan = plan_of(manifest, {.only = {"report"}});
//
// Jobs stand in the plan with those that they need before them, else in the order of the document. Paths in the
// manifest are taken from the current directory, which is to be that of the manifest.
//
// Ownership: the plan keeps the manifest. Errors: Error for a name in `only` that no job has, for
// needs that the supplies cannot meet, and for inputs of the first jobs that cannot be had.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "manifest/manifest.hpp"
#include "runner/plan.hpp"

namespace mpr::manifest {

struct PlanChoice {
  std::vector<std::string> only{};  ///< these jobs, and those that they need; empty: all
  unsigned workers = 1;
};

[[nodiscard]] runner::Plan plan_of(std::shared_ptr<const Manifest> manifest, const PlanChoice& choice);

/// Opens the jobs that need no other, as far as a run would soon, so that what is wrong with their inputs is known
/// before anything runs. Throws Error.
void open_first_jobs(runner::Plan& plan);

}  // namespace mpr::manifest
