#include "job_reader.hpp"

#include <algorithm>

#include "inputs_reader.hpp"
#include "manifest/manifest_keys.hpp"
#include "template_check.hpp"

namespace mpr::manifest {
namespace {

constexpr auto kJobKeys = [] {
  std::array<std::string_view, kOwnJobKeys.size() + kSettingKeys.size()> keys;
  std::copy(kSettingKeys.begin(), kSettingKeys.end(), std::copy(kOwnJobKeys.begin(), kOwnJobKeys.end(), keys.begin()));
  return keys;
}();

void read_groups(JsonValue object, Job& job, JobReferences& references) {
  if (const auto inputs = object.find("inputs")) job.groups = read_inputs(*inputs, references);
  if (const auto link = object.find("link")) job.groups = link_groups(*link, std::move(job.groups));
  if (const auto exclude = object.find("exclude")) job.exclusions = read_exclusions(*exclude, job.groups);
}

[[noreturn]] void fail_without_command(JsonValue object, const JobReferences& references) {
  // --set makes what is not there: a slip in the name of a job makes another job.
  const auto meant = object.is_set() ? references.hint_nearest_other() : std::string();
  const std::string how = "write \"command\": [\"PROGRAM\", \"ARGUMENT\"] or \"command\": \"SCRIPT\"";
  object.fail("'command' is missing", meant.empty() ? how : meant);
}

void read_command(JsonValue object, Job& job, const JobReferences& references) {
  const auto command = object.find("command");
  if (!command) fail_without_command(object, references);
  if (command->is(JsonKind::string)) {
    auto script = read_string(*command);
    if (script.empty()) command->fail("the script is empty");
    check_script({*command, job});
    job.command = std::move(script);
    return;
  }
  auto words = read_strings(*command);
  if (words.empty()) command->fail("expected a program at least");
  if (words.front().empty()) (*command->elements().begin()).fail("an empty string is not a program");
  for (const auto word : command->elements()) check_template({word, job});
  job.command = std::move(words);
}

void read_needs(JsonValue value, JobReferences& references) {
  if (value.is(JsonKind::string)) {
    references.add(value, JobReference::Use::needs);
    return;
  }
  if (!value.is(JsonKind::array)) value.fail_kind("the name of a job or an array of them");
  for (const auto name : value.elements()) references.add(name, JobReference::Use::needs);
}

JobStdin read_stdin(JsonValue value, const Job& job, JobReferences& references) {
  // Not read_string: text may hold NUL bytes.
  if (value.is(JsonKind::string)) return StdinText{std::string(value.text())};
  check_object(value, kStdinKeys, "a string or an object with text, file or from");
  const auto members = value.members();
  if (members.size() != 1) value.fail("expected one of 'text', 'file' and 'from'");
  const auto [key, source] = *members.begin();
  if (key.text() == "from") return StdinOutput{references.add(source, JobReference::Use::reads)};
  if (key.text() == "file") {
    StdinFile file{read_path(source)};
    check_template({source, job});
    return file;
  }
  require_string(source);
  return StdinText{std::string(source.text())};
}

}  // namespace

Job read_job(const LocatedJson::Member& member, const SettingsReader& settings, JobReferences& references) {
  const auto object = member.value;
  check_object(object, kJobKeys);
  Job job;
  job.name = member.key.text();
  read_groups(object, job, references);
  read_command(object, job, references);
  if (const auto needs = object.find("needs")) read_needs(*needs, references);
  if (const auto from = object.find("stdin")) job.stdin_from = read_stdin(*from, job, references);
  settings.read(object, job);
  job.needs = references.jobs();
  return job;
}

}  // namespace mpr::manifest
