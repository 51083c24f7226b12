#include "job_references.hpp"

#include <algorithm>

#include "manifest/manifest_keys.hpp"

namespace mpr::manifest {
namespace {

bool is_job_name(std::string_view text) {
  const auto is_start = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
  return !text.empty() && is_start(text.front()) && std::all_of(text.begin(), text.end(), [&](char c) {
    return is_start(c) || (c >= '0' && c <= '9') || c == '-' || c == '.';
  });
}

void check_output_is_kept(const JobReference& reference, const Job& job) {
  if (reference.use != JobReference::Use::reads) return;
  if (job.capture.to == CaptureTo::print || job.capture.to == CaptureTo::keep) return;
  const std::string where = job.capture.to == CaptureTo::file ? "goes to a file" : "is discarded";
  reference.where.fail("the output of job " + quote(job.name) + " cannot be read: it " + where,
                       "give that job \"capture\": \"keep\"");
}

/// Jobs each of which needs the next, and the last the first.
std::vector<JobIndex> find_circle(const std::vector<Job>& jobs, const std::vector<JobIndex>& order) {
  std::vector<bool> is_ordered(jobs.size());
  for (const JobIndex job : order) is_ordered[job] = true;
  // Each job that found no place in the order needs another such: whoever goes from one to the next must come round.
  std::vector<size_t> visited(jobs.size());  // when, from 1
  std::vector<JobIndex> way;
  auto job = static_cast<JobIndex>(std::find(is_ordered.begin(), is_ordered.end(), false) - is_ordered.begin());
  while (visited[job] == 0) {
    way.push_back(job);
    visited[job] = way.size();
    job =
        *std::find_if(jobs[job].needs.begin(), jobs[job].needs.end(), [&](JobIndex need) { return !is_ordered[need]; });
  }
  way.erase(way.begin(), way.begin() + static_cast<std::ptrdiff_t>(visited[job] - 1));
  std::rotate(way.begin(), std::min_element(way.begin(), way.end()), way.end());
  return way;
}

std::string spell_out(const std::vector<Job>& jobs, const std::vector<JobIndex>& circle) {
  constexpr size_t kMostShown = 20;
  constexpr size_t kShownAtEnd = 2;
  std::string text;
  for (size_t i = 0; i < circle.size(); ++i) {
    if (circle.size() > kMostShown && i == kMostShown - kShownAtEnd) {
      const size_t left_out = circle.size() - kMostShown;
      text += "(" + std::to_string(left_out) + " more) -> ";
      i += left_out;
    }
    text += jobs[circle[i]].name + " -> ";
  }
  return text + jobs[circle.front()].name;
}

void check_no_circle(const std::vector<Job>& jobs, const std::vector<JobReferences>& references) {
  const auto order = needs_first(jobs);
  if (order.size() == jobs.size()) return;
  const auto circle = find_circle(jobs, order);
  const auto& from_first = references[circle.front()].all();
  const auto to_second = std::find_if(from_first.begin(), from_first.end(), [&](const JobReference& reference) {
    return reference.job == circle[1];  // there is a second: no job needs itself
  });
  to_second->where.fail("jobs need each other in a circle: " + spell_out(jobs, circle), "leave one of these needs out");
}

}  // namespace

JobNames::JobNames(JsonValue jobs) {
  for (const auto member : jobs.members()) {
    if (!is_job_name(member.key.text()))
      member.key.fail("not a name for a job",
                      "names begin with a letter or '_', and go on with those, digits, '-' or '.'");
    indices_.emplace(member.key.text(), names_.size());
    names_.push_back(member.key.text());
  }
}

JobIndex JobNames::find(JsonValue name) const {
  if (!name.is(JsonKind::string)) name.fail_kind("the name of a job");
  const auto found = indices_.find(name.text());
  if (found != indices_.end()) return found->second;
  constexpr size_t kMostListed = 10;
  const auto others = names_.size() <= kMostListed ? "the jobs are: " + list_names(names_) : std::string();
  name.fail("there is no job " + quote(name.text()), hint_nearest(name.text(), names_, others));
}

JobIndex JobReferences::add(JsonValue name, JobReference::Use use) {
  const JobIndex job = names_.find(name);
  if (job == self_)
    name.fail(use == JobReference::Use::needs ? "a job cannot need itself" : "a job cannot read its own output");
  all_.push_back({job, name, use});
  return job;
}

std::string JobReferences::hint_nearest_other() const {
  std::vector<std::string_view> others = names_.all();
  const auto self = others.begin() + static_cast<std::ptrdiff_t>(self_);
  const auto name = *self;
  others.erase(self);
  return hint_nearest(name, others, {});
}

std::vector<JobIndex> JobReferences::jobs() const {
  std::vector<JobIndex> jobs;
  jobs.reserve(all_.size());
  for (const auto& reference : all_) jobs.push_back(reference.job);
  std::sort(jobs.begin(), jobs.end());
  jobs.erase(std::unique(jobs.begin(), jobs.end()), jobs.end());
  return jobs;
}

void check_references(const std::vector<Job>& jobs, const std::vector<JobReferences>& references) {
  for (const auto& of_one : references)
    for (const auto& reference : of_one.all()) check_output_is_kept(reference, jobs[reference.job]);
  check_no_circle(jobs, references);
}

}  // namespace mpr::manifest
