#include "resources_reader.hpp"

#include <algorithm>
#include <charconv>

#include "manifest/input_group.hpp"
#include "manifest/manifest_keys.hpp"
#include "manifest/worker_count.hpp"
#include "runner/policy.hpp"

namespace mpr::manifest {
namespace {

std::string read_workers(JsonValue value) {
  if (value.is(JsonKind::number)) return std::to_string(read_number(value, 1, kMostWorkers));
  if (!value.is(JsonKind::string)) value.fail_kind("a whole number, a percentage such as \"50%\", or \"auto\"");
  std::string workers(value.text());
  // Of how many CPUs a percentage is taken is not known before the plan is run; any number of them will do.
  parse_at(value, [&] { return parse_worker_count(workers, 1); });
  return workers;
}

// Each unit is kept account of.
constexpr uint64_t kMostUnits = 1'000'000;

/// A task is told which units it has by a variable of the resource's name.
void refuse_reserved(JsonValue key) {
  const std::string variable = runner::supply_variable(std::string(key.text()));
  if (std::find(kReservedVariables.begin(), kReservedVariables.end(), variable) != kReservedVariables.end())
    key.fail("a task's " + variable + " says something else", "choose another name");
}

void read_pool_resources(JsonValue value, PoolSettings& pool) {
  if (!value.is(JsonKind::object)) value.fail_kind("an object of names and counts");
  for (const auto [key, amount] : value.members()) {
    if (key.text() == "memory") {
      pool.memory = read_memory(amount);
      continue;
    }
    if (key.text() == "cpus") key.fail("CPUs are not given here", "'workers' says how many there are");
    if (!is_group_name(key.text()))
      key.fail("not a name for a resource", "names begin with a letter or '_', and go on with those, digits or '-'");
    refuse_reserved(key);
    pool.resources.push_back({.name = std::string(key.text()), .count = read_number(amount, 1, kMostUnits)});
  }
}

/// The number of workers, if that is what is written.
std::optional<uint64_t> plain_workers(const PoolSettings& pool) {
  if (!pool.workers) return std::nullopt;
  uint64_t number = 0;
  const char* const end = pool.workers->data() + pool.workers->size();
  const auto result = std::from_chars(pool.workers->data(), end, number);
  if (result.ec != std::errc{} || result.ptr != end) return std::nullopt;
  return number;
}

unsigned read_cpus(JsonValue value, const PoolSettings& pool) {
  const auto cpus = read_number(value, 1, kMostWorkers);
  const auto workers = plain_workers(pool);
  if (workers && cpus > *workers)
    value.fail(std::to_string(cpus) + " CPUs are more than the pool's workers, which are " + std::to_string(*workers));
  return static_cast<unsigned>(cpus);
}

uint64_t read_job_memory(JsonValue value, const PoolSettings& pool) {
  const auto bytes = read_memory(value);
  if (pool.memory && bytes > *pool.memory)
    value.fail(std::to_string(bytes) + " bytes are more than the pool's memory, which is " +
               std::to_string(*pool.memory) + " bytes");
  return bytes;
}

NamedCount read_named(JsonValue key, JsonValue value, const PoolSettings& pool) {
  const auto there = std::find_if(pool.resources.begin(), pool.resources.end(),
                                  [&](const NamedCount& resource) { return resource.name == key.text(); });
  if (there == pool.resources.end()) {
    std::vector<std::string_view> names;
    for (const auto& resource : pool.resources) names.emplace_back(resource.name);
    names.insert(names.end(), {"cpus", "memory"});
    key.fail("the pool has no such resource",
             hint_nearest(key.text(), names, "say in pool.resources how many of it there are"));
  }
  const auto count = read_number(value, 1, kMostUnits);
  if (count > there->count)
    value.fail(std::to_string(count) + " is more than the pool has, which is " + std::to_string(there->count));
  return {.name = there->name, .count = count};
}

}  // namespace

PoolSettings read_pool(JsonValue value) {
  check_object(value, kPoolKeys);
  PoolSettings pool;
  if (const auto workers = value.find("workers")) pool.workers = read_workers(*workers);
  if (const auto affinity = value.find("affinity"))
    pool.affinity = static_cast<Affinity>(read_choice(*affinity, kAffinities));
  if (const auto isolate = value.find("isolate"))
    pool.isolate = static_cast<Isolation>(read_choice(*isolate, kIsolations));
  if (const auto resources = value.find("resources")) read_pool_resources(*resources, pool);
  return pool;
}

JobResources read_job_resources(JsonValue value, const PoolSettings& pool) {
  if (!value.is(JsonKind::object)) value.fail_kind("an object of names and counts");
  JobResources resources;
  for (const auto [key, amount] : value.members()) {
    if (key.text() == "cpus")
      resources.cpus = read_cpus(amount, pool);
    else if (key.text() == "memory")
      resources.memory = read_job_memory(amount, pool);
    else
      resources.named.push_back(read_named(key, amount, pool));
  }
  return resources;
}

}  // namespace mpr::manifest
