#include "settings_reader.hpp"

#include <algorithm>
#include <charconv>

#include "manifest/manifest_keys.hpp"
#include "resources_reader.hpp"
#include "template_check.hpp"

namespace mpr::manifest {
namespace {

constexpr uint64_t kMostRecycled = 1'000'000'000'000;

/// Whose settings are read, and so what their templates must fit.
enum class Of { job, defaults_for_job, defaults_alone };

std::string read_variable_name(JsonValue key) {
  const auto name = key.text();
  if (name.empty()) key.fail("a variable needs a name");
  if (name.find_first_of(std::string_view("=\0", 2)) != std::string_view::npos)
    key.fail("the name of a variable cannot hold '=' or a NUL byte");
  if (std::find(kReservedVariables.begin(), kReservedVariables.end(), name) != kReservedVariables.end())
    key.fail("mpr sets this variable itself", "mpr sets " + list_names(kReservedVariables));
  return std::string(name);
}

double read_backoff(JsonValue value) {
  if (!value.is(JsonKind::number)) value.fail_kind("a number");
  double backoff = 0;
  (void)std::from_chars(value.text().data(), value.text().data() + value.text().size(), backoff);
  if (backoff < 1) value.fail("expected a number of 1 or more, not " + std::string(value.text()));
  return backoff;
}

unsigned read_retry_count(JsonValue value) {
  constexpr uint64_t kMost = 1'000'000;
  return static_cast<unsigned>(read_number(value, 0, kMost));
}

Retries read_retries(JsonValue value) {
  if (value.is(JsonKind::number)) return {.count = read_retry_count(value)};
  check_object(value, kRetriesKeys, "a whole number or an object with count, delay and backoff");
  const auto count = value.find("count");
  if (!count) value.fail("'count' is missing");
  Retries retries{.count = read_retry_count(*count)};
  if (const auto delay = value.find("delay")) retries.delay = read_duration(*delay);
  if (const auto backoff = value.find("backoff")) retries.backoff = read_backoff(*backoff);
  return retries;
}

std::vector<int> read_success_codes(JsonValue value) {
  constexpr uint64_t kHighest = 255;
  if (!value.is(JsonKind::array)) value.fail_kind("an array of exit codes");
  if (value.elements().empty()) value.fail("expected one exit code at least");
  std::vector<int> codes;
  for (const auto element : value.elements()) {
    const auto code = static_cast<int>(read_number(element, 0, kHighest));
    if (std::find(codes.begin(), codes.end(), code) != codes.end())
      element.fail(std::to_string(code) + " is there already");
    codes.push_back(code);
  }
  return codes;
}

JobCapture read_capture(JsonValue value) {
  constexpr const char* kExpected = "'print', 'keep', 'discard' or an object with file";
  if (!value.is(JsonKind::object))
    return {.to = static_cast<CaptureTo>(read_choice(value, kCaptures, kExpected)), .file = {}};
  check_object(value, kCaptureKeys);
  const auto file = value.find("file");
  if (!file) value.fail("'file' is missing");
  return {.to = CaptureTo::file, .file = read_path(*file)};
}

}  // namespace

/// One pass over an object of settings, into one job.
class SettingsReader::Reading {
 public:
  /// `own_env`: for defaults, the variables that the job gives itself.
  Reading(const PoolSettings& pool, Job& job, Of of, std::optional<JsonValue> own_env = {})
      : pool_(pool), job_(job), of_(of), own_env_(own_env) {}

  /// Nothing for keys that are no settings.
  void read(JsonValue key, JsonValue value) {
    const auto name = key.text();
    if (name == "env") read_env(value);
    if (name == "cwd") job_.cwd = read_template(value);
    if (name == "timeout") job_.timeout = read_timeout(value);
    if (name == "kill_after") job_.kill_after = read_duration(value);
    if (name == "retries") job_.retries = read_retries(value);
    if (name == "success_codes") job_.success_codes = read_success_codes(value);
    if (name == "allow_failure") job_.allow_failure = read_boolean(value);
    if (name == "resources") job_.resources = read_job_resources(value, pool_);
    if (name == "worker") job_.executor = static_cast<ExecutorChoice>(read_choice(value, kExecutors));
    if (name == "recycle_after") job_.recycle_after = read_number(value, 1, kMostRecycled);
    if (name == "capture") {
      job_.capture = read_capture(value);
      if (job_.capture.to == CaptureTo::file) check(*value.find("file"));
    }
  }

 private:
  void check(JsonValue value) const {
    if (of_ != Of::defaults_alone) check_template({value, job_, of_ == Of::defaults_for_job});
  }

  std::string read_template(JsonValue value) const {
    auto text = read_path(value);
    check(value);
    return text;
  }

  static os::Duration read_timeout(JsonValue value) {
    const auto timeout = read_duration(value);
    if (timeout <= os::Duration(0)) value.fail("expected a time of more than 0", "without 'timeout' there is no limit");
    return timeout;
  }

  /// Variable by variable: those of the defaults are there for a job that has others.
  void read_env(JsonValue value) {
    if (!value.is(JsonKind::object)) value.fail_kind("an object of strings");
    for (const auto [key, text] : value.members()) {
      if (own_env_ && own_env_->find(key.text())) continue;
      auto name = read_variable_name(key);
      std::optional<std::string> value_of_it;
      if (!text.is(JsonKind::null)) {
        value_of_it = read_string(text, "a string, or null to unset it");
        check(text);
      }
      job_.env.emplace_back(std::move(name), std::move(value_of_it));
    }
  }

  const PoolSettings& pool_;
  Job& job_;
  Of of_;
  std::optional<JsonValue> own_env_;
};

SettingsReader::SettingsReader(const PoolSettings& pool, std::optional<JsonValue> defaults)
    : pool_(pool), defaults_(defaults) {
  if (!defaults_) return;
  if (!defaults_->is(JsonKind::object)) defaults_->fail_kind("an object");
  Job nowhere;
  Reading reading(pool_, nowhere, Of::defaults_alone);
  for (const auto [key, value] : defaults_->members()) {
    if (std::find(kOwnJobKeys.begin(), kOwnJobKeys.end(), key.text()) != kOwnJobKeys.end())
      key.fail("this belongs to a job, it has no default", "write it into each job");
    if (std::find(kSettingKeys.begin(), kSettingKeys.end(), key.text()) == kSettingKeys.end())
      fail_unknown_key(key, kSettingKeys);
    reading.read(key, value);
  }
}

void SettingsReader::read(JsonValue object, Job& job) const {
  if (defaults_) {
    Reading reading(pool_, job, Of::defaults_for_job, object.find("env"));
    for (const auto [key, value] : defaults_->members())
      if (key.text() == "env" || !object.find(key.text())) reading.read(key, value);
  }
  Reading reading(pool_, job, Of::job);
  for (const auto [key, value] : object.members()) reading.read(key, value);
}

}  // namespace mpr::manifest
