#include "manifest/manifest.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <system_error>

#include "job_reader.hpp"
#include "manifest/manifest_error.hpp"
#include "manifest/manifest_keys.hpp"
#include "manifest/path_parts.hpp"
#include "resources_reader.hpp"

namespace mpr::manifest {
namespace {

/// Of mpr's own, that is: the manifest may be right.
bool is_shortage(int error) {
  return error == EMFILE || error == ENFILE || error == ENOMEM;
}

std::string read_text_file(const std::string& path) {
  const auto cannot = [&](int error) {
    if (is_shortage(error)) throw std::system_error(error, std::generic_category(), "cannot read '" + path + "'");
    throw ManifestError("cannot read '" + path + "': " + std::generic_category().message(error));
  };
  const std::unique_ptr<FILE, int (*)(FILE*)> file(std::fopen(path.c_str(), "re"), std::fclose);
  if (!file) cannot(errno);
  std::string text;
  size_t size = 0;
  constexpr size_t kChunk = size_t{64} << 10U;
  std::error_code unknown;  // of a pipe
  const auto expected = std::filesystem::file_size(path, unknown);
  if (!unknown) text.reserve(std::min<size_t>(expected, LocatedJson::kLargest) + kChunk);
  while (std::feof(file.get()) == 0 && size <= LocatedJson::kLargest) {  // more is refused, and may have no end
    text.resize(size + kChunk);
    size += std::fread(text.data() + size, 1, kChunk, file.get());
    if (std::ferror(file.get()) == 0) continue;
    if (errno != EINTR) cannot(errno);
    std::clearerr(file.get());
  }
  text.resize(size);
  return text;
}

void check_version(JsonValue document) {
  const auto version = document.find("version");
  if (!version) document.fail("'version' is missing", "write \"version\": 1");
  if (!version->is(JsonKind::number)) version->fail_kind("the number 1");
  if (version->text() != "1")
    version->fail("version " + std::string(version->text()) + " is not known", "this mpr reads version 1");
}

std::string default_name(const std::string& path) {
  const auto file = base_name(path);
  const auto name = without_extension(file);
  return std::string(name.empty() ? file : name);
}

std::string read_name(JsonValue value) {
  auto name = read_string(value);
  if (name.empty()) value.fail("an empty string is not a name");
  return name;
}

std::vector<Job> read_jobs(JsonValue document, const SettingsReader& settings) {
  const auto object = document.find("jobs");
  if (!object) document.fail("'jobs' is missing", "write \"jobs\": {\"NAME\": {\"command\": [\"PROGRAM\"]}}");
  if (!object->is(JsonKind::object)) object->fail_kind("an object of jobs by their names");
  if (object->members().empty()) object->fail("expected one job at least");
  const JobNames names(*object);
  std::vector<Job> jobs;
  std::vector<JobReferences> references;
  for (const auto member : object->members()) {
    auto& of_this = references.emplace_back(names, jobs.size());
    jobs.push_back(read_job(member, settings, of_this));
  }
  check_references(jobs, references);
  return jobs;
}

}  // namespace

Manifest parse_manifest(std::string text, const std::string& path, std::span<const std::string> sets) {
  LocatedJson json(std::move(text), path);
  for (const auto& word : sets) json.set(word);
  const auto document = json.root();
  check_object(document, kDocumentKeys);
  if (const auto schema = document.find("$schema")) require_string(*schema);
  check_version(document);
  Manifest manifest;
  manifest.path = path;
  manifest.directory = dir_name(path);
  const auto name = document.find("name");
  manifest.name = name ? read_name(*name) : default_name(path);
  if (const auto pool = document.find("pool")) manifest.pool = read_pool(*pool);
  manifest.jobs = read_jobs(document, SettingsReader(manifest.pool, document.find("defaults")));
  return manifest;
}

Manifest read_manifest(const std::string& path, std::span<const std::string> sets) {
  return parse_manifest(read_text_file(path), path, sets);
}

}  // namespace mpr::manifest
