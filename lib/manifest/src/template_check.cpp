#include "template_check.hpp"

#include "manifest/command_template.hpp"
#include "manifest/template_word.hpp"

namespace mpr::manifest {
namespace {

std::vector<std::string> group_names(const Job& job) {
  std::vector<std::string> names;
  names.reserve(job.groups.size());
  for (const auto& group : job.groups) names.push_back(group.name);
  return names;
}

/// A template of the defaults may fit one job, but not another.
[[noreturn]] void fail_for(const TemplateOf& of, const std::string& what, const std::string& hint) {
  of.value.fail((of.is_default ? "for job " + quote(of.job.name) + ": " : "") + what, hint);
}

/// What is known of a job without inputs is less, and said better here than where groups are expected.
void check_without_groups(const TemplateOf& of, TemplateWord::Quoting quoting) {
  constexpr const char* kWhy = "the job has no inputs";
  try {
    if (!TemplateWord(of.value.text(), {}, quoting).uses_inputs()) return;
  } catch (const Error& error) {
    const std::string what = error.what();
    const size_t colon = what.find("': ");
    const bool names_placeholder = what.starts_with("unknown placeholder") && colon != std::string::npos;
    fail_for(of, names_placeholder ? what.substr(0, colon + 3) + kWhy : what, error.hint());
  }
  fail_for(of, std::string("a placeholder stands for an input, but ") + kWhy, "for literal braces write '{{}}'");
}

template <class Compile>
void check(const TemplateOf& of, TemplateWord::Quoting quoting, Compile compile) {
  if (of.job.groups.empty()) return check_without_groups(of, quoting);
  try {
    compile(group_names(of.job));
  } catch (const Error& error) {
    fail_for(of, error.what(), error.hint());
  }
}

}  // namespace

void check_template(const TemplateOf& of) {
  check(of, TemplateWord::Quoting::none,
        [&](const std::vector<std::string>& names) { (void)TemplateWord(of.value.text(), names); });
}

void check_script(const TemplateOf& of) {
  check(of, TemplateWord::Quoting::shell,
        [&](const std::vector<std::string>& names) { (void)CommandTemplate::shell(of.value.text(), names); });
}

}  // namespace mpr::manifest
