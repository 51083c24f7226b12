#include "worker/task_environment.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <string_view>

namespace mpr::worker {
namespace {

// Of an mpr around this one.
constexpr std::array<std::string_view, 6> kOurs{"MPR_TASK", "MPR_SLOT", "MPR_ATTEMPT",
                                                "MPR_RUN",  "MPR_JOB",  "MPR_CPUS"};

std::string_view name_of(std::string_view variable) {
  return variable.substr(0, variable.find('='));
}

}  // namespace

TaskEnvironment::TaskEnvironment(unsigned slot, const std::string& run_id)
    : fixed_{"MPR_SLOT=" + std::to_string(slot), "MPR_RUN=" + run_id} {
  for (char** variable = environ; *variable; ++variable) {
    if (std::find(kOurs.begin(), kOurs.end(), name_of(*variable)) == kOurs.end()) inherited_.push_back(*variable);
  }
}

char* const* TaskEnvironment::of(const Task& task, const std::vector<std::string>& extra) {
  task_ = "MPR_TASK=" + std::to_string(place_of(task.number));
  attempt_ = "MPR_ATTEMPT=" + std::to_string(task.attempt);
  block_ = inherited_;
  for (std::string* each : {&task_, &attempt_, &fixed_[0], &fixed_[1]}) block_.push_back(each->data());
  override_with(task.command.environment);
  override_with(task.variables);
  override_with(extra);
  block_.push_back(nullptr);
  return block_.data();
}

void TaskEnvironment::override_with(const std::vector<std::string>& variables) {
  for (const std::string& variable : variables) {
    const std::string_view name = name_of(variable);
    std::erase_if(block_, [&](const char* other) { return name_of(other) == name; });
    if (variable.size() > name.size()) block_.push_back(const_cast<char*>(variable.c_str()));
  }
}

const char* TaskEnvironment::search_path(const Task& task) {
  constexpr std::string_view kPath = "PATH=";
  for (const std::string& variable : task.command.environment) {
    if (variable.starts_with(kPath)) return variable.c_str() + kPath.size();
  }
  return std::getenv("PATH");
}

}  // namespace mpr::worker
