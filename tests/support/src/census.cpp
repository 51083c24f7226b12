#include "support/census.hpp"

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <filesystem>

#include <catch2/catch.hpp>

#include "support/process_table.hpp"

namespace mpr::test {

namespace {

constexpr const char* kMarkName = "MPR_TEST_MARK";

std::string new_mark() {
  static std::atomic<unsigned> count = 0;
  return std::to_string(getpid()) + "." + std::to_string(++count);
}

size_t open_descriptors() {
  const std::filesystem::directory_iterator entries("/proc/self/fd");
  return static_cast<size_t>(std::distance(begin(entries), end(entries)));
}

}  // namespace

Census::Census()
    : mark_(new_mark()), children_before_(children_of(getpid())), descriptors_before_(open_descriptors()) {}

Census::~Census() {
  if (!taken_) {
    for (const std::string& left : leftovers()) FAIL_CHECK(left);
  }
  for (const pid_t process : processes()) kill(process, SIGKILL);
}

Options Census::mark(Options options) const {
  options.env.emplace_back(kMarkName, mark_);
  options.env.emplace_back("TMPDIR", temp_dir_.path());
  return options;
}

std::vector<pid_t> Census::processes() const {
  return processes_with(kMarkName + std::string("=") + mark_);
}

std::vector<std::string> Census::look() const {
  std::vector<std::string> left;
  for (const pid_t process : processes()) left.push_back("left running: " + describe_process(process));
  for (const pid_t child : children_of(getpid())) {
    const bool known = std::count(children_before_.begin(), children_before_.end(), child) != 0;
    if (!known) left.push_back("a child of the test, not reaped: " + describe_process(child));
  }
  for (const std::string& name : temp_dir_.names()) left.push_back("left in TMPDIR: " + name);
  const size_t descriptors = open_descriptors();
  if (descriptors > descriptors_before_) {
    left.push_back("descriptors left open: " + std::to_string(descriptors - descriptors_before_));
  }
  return left;
}

std::vector<std::string> Census::leftovers(Limit limit) {
  taken_ = true;
  // Twice, because in the middle of its exec a process shows no environment for an instant.
  const bool clean = wait_until([&] { return look().empty() && look().empty(); }, limit);
  return clean ? std::vector<std::string>{} : look();
}

}  // namespace mpr::test
