#include "inputs_reader.hpp"

#include <algorithm>

#include "manifest/input_group.hpp"
#include "manifest/manifest_error.hpp"
#include "manifest/manifest_keys.hpp"

namespace mpr::manifest {
namespace {

constexpr const char* kExpected = "a string, a whole number, an array of them, or an object with values, glob or from";

InputSpec parse_spec(JsonValue value, std::string text) {
  if (value.is(JsonKind::number)) return text;
  try {
    auto spec = parse_input_spec(text);
    if (const auto* lines = std::get_if<LinesOf>(&spec); lines != nullptr && lines->path == "-")
      value.fail("a manifest cannot read standard input: '@-'", "write the lines to a file, and name that: @FILE");
    return spec;
  } catch (const ManifestError&) {
    throw;
  } catch (const Error& error) {
    // Its own hint speaks of the command line.
    value.fail(error.what(), text == "@" ? "write @FILE for the lines of a file"
                                         : "to take it as it is, write {\"values\": [\"" + text + "\"]}");
  }
}

/// Words one after another: values, as long as there are no others, which take less memory than specs.
class SpecList {
 public:
  void reserve(size_t count) { values_.reserve(count); }

  void add(JsonValue value, const std::string& expected) {
    auto spec = parse_spec(value, read_text(value, expected));
    auto* plain = std::get_if<std::string>(&spec);
    if (specs_.empty() && plain != nullptr) {
      values_.push_back(std::move(*plain));
      return;
    }
    if (specs_.empty()) {
      specs_.reserve(values_.capacity());
      std::move(values_.begin(), values_.end(), std::back_inserter(specs_));
    }
    specs_.push_back(std::move(spec));
  }

  [[nodiscard]] GroupInputs take() {
    if (specs_.empty()) return std::move(values_);
    return std::move(specs_);
  }

 private:
  std::vector<std::string> values_;
  std::vector<InputSpec> specs_;
};

std::vector<std::string> read_values(JsonValue list) {
  if (!list.is(JsonKind::array)) list.fail_kind("an array of strings or whole numbers");
  std::vector<std::string> values;
  values.reserve(list.elements().size());
  for (const auto value : list.elements()) values.push_back(read_text(value));
  return values;
}

Globs read_globs(JsonValue value) {
  Globs globs{read_strings(value)};
  if (globs.patterns.empty()) value.fail("expected one pattern at least");
  if (value.is(JsonKind::string)) (void)read_path(value);
  for (const auto pattern : value.elements()) (void)read_path(pattern);
  return globs;
}

/// `{"values": ...}`, `{"glob": ...}`, `{"from": ...}`
GroupInputs read_inputs_object(JsonValue object, JobReferences& references) {
  check_object(object, kInputsKeys);
  std::optional<JsonValue> kind;
  std::string_view name;
  for (const auto [key, value] : object.members()) {
    if (key.text() == "split") continue;
    if (kind) key.fail(quote(name) + " is there already: inputs are of one kind", "give each kind a group of its own");
    kind = value;
    name = key.text();
  }
  const auto split = object.find("split");
  if (split && name != "from") split->fail("only what is read 'from' another job is split");
  if (!kind) object.fail("one of 'values', 'glob' and 'from' is missing");
  if (name == "values") return read_values(*kind);
  if (name == "glob") return read_globs(*kind);
  OutputOf output{.job = references.add(*kind, JobReference::Use::reads)};
  if (split) output.split = static_cast<Split>(read_choice(*split, kSplits));
  return output;
}

GroupInputs read_group(JsonValue value, JobReferences& references) {
  if (value.is(JsonKind::object)) return read_inputs_object(value, references);
  SpecList specs;
  if (!value.is(JsonKind::array)) {
    specs.add(value, kExpected);
    return specs.take();
  }
  specs.reserve(value.elements().size());
  for (const auto element : value.elements()) specs.add(element, "a string or a whole number");
  return specs.take();
}

bool names_groups(JsonValue inputs) {
  return inputs.is(JsonKind::object) && std::none_of(kInputsKeys.begin(), kInputsKeys.end(), [&](std::string_view key) {
           return inputs.find(key).has_value();
         });
}

}  // namespace

std::vector<JobInputs> read_inputs(JsonValue inputs, JobReferences& references) {
  std::vector<JobInputs> groups;
  if (!names_groups(inputs)) {
    groups.push_back({.name = {}, .inputs = read_group(inputs, references)});
    return groups;
  }
  if (inputs.members().empty())
    inputs.fail("expected one group of inputs at least", "a job without inputs runs once: leave 'inputs' out");
  for (const auto [key, value] : inputs.members()) {
    if (!is_group_name(key.text()))
      key.fail("not a name for a group", "names begin with a letter or '_', and go on with those, digits or '-'");
    groups.push_back({.name = std::string(key.text()), .inputs = read_group(value, references)});
  }
  return groups;
}

}  // namespace mpr::manifest
