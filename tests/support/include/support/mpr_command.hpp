// Runs mpr as its users do, and takes a census each time: whatever else a test is about, nothing may be left.
//
//   run_mpr({"map", job("square"), "--inputs", "1..4"}).out
//   shell("seq 4 | $MPR map $JOBS/square | head -2").out
//
// Scripts, and the tasks they start, find $MPR, $JOBS and $HELPER (tests/support/programs) in their environment.
#pragma once

#include <string>
#include <utility>

#include <catch2/catch.hpp>

#include "support/census.hpp"
#include "support/running.hpp"

namespace mpr::test {

inline const std::string kMpr = MPR_BINARY;
inline const std::string kHelper = MPR_TEST_PROGRAMS "/helper";

inline std::string job(const std::string& name) {
  return MPR_JOBS_DIR "/" + name;
}

inline Options with_names(Options options) {
  options.env.emplace_back("MPR", kMpr);
  options.env.emplace_back("JOBS", MPR_JOBS_DIR);
  options.env.emplace_back("HELPER", kHelper);
  return options;
}

inline Argv mpr_argv(const Argv& words) {
  Argv argv{kMpr};
  argv.insert(argv.end(), words.begin(), words.end());
  return argv;
}

inline Result run_mpr(const Argv& words, const Options& options = {}) {
  const Census census;
  return run(mpr_argv(words), census.mark(with_names(options)));
}

/// With bash, for $PIPESTATUS.
inline Result shell(const std::string& script, const Options& options = {}) {
  const Census census;
  return run({"bash", "-c", script}, census.mark(with_names(options)));
}

inline Options input(std::string text) {
  Options options;
  options.input = std::move(text);
  return options;
}

inline Options env(const std::string& name, const std::string& value) {
  Options options;
  options.env = {{name, value}};
  return options;
}

/// mpr in the background of a test. Its census is taken after it has been waited for, or killed.
class RunningMpr {
 public:
  explicit RunningMpr(const Argv& words, const Options& options = {})
      : running_(mpr_argv(words), census_.mark(with_names(options))) {}
  Running* operator->() { return &running_; }
  Census& census() { return census_; }

 private:
  Census census_;
  Running running_;
};

/// An error of use: nothing has run, one line (and perhaps a hint) that has the word at fault.
inline void check_usage_error(const Result& result, const std::string& word) {
  INFO(result);
  CHECK(result.exit_status == 2);
  CHECK(result.out.empty());
  const auto said = lines(result.err);
  REQUIRE_FALSE(said.empty());
  CHECK_THAT(said[0], Catch::StartsWith("mpr: error: ") && Catch::Contains(word));
  CHECK(said.size() <= 2);
  if (said.size() == 2) CHECK_THAT(said[1], Catch::StartsWith("mpr: hint: "));
}

}  // namespace mpr::test
