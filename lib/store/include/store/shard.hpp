// Shard: one of N parts of a plan's tasks, chosen by what they run: the same tasks in the same parts, on every machine
// and whatever else is in the plan.
//
//   shard_plan(plan, {.part = 1, .parts = 4});           // leaves a quarter of the tasks, roughly
//
// What is divided are the tasks of jobs with inputs. A job without inputs runs in every part: others need it. A job
// that needs one that is divided would see a part of it only, and is in no part: see NotInShard.
//
// Errors: those of the sources.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "runner/plan.hpp"

namespace mpr::store {

struct Shard {
  uint64_t part = 1;  ///< from 1
  uint64_t parts = 1;
};

/// Job by job of the plan: whether it has inputs. Answers the names of the jobs that are in no part, which the plan no
/// longer has.
std::vector<std::string> shard_plan(runner::Plan& plan, const std::vector<bool>& has_inputs, Shard shard);

}  // namespace mpr::store
