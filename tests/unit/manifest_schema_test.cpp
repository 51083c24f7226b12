#include <set>
#include <string>

#include <catch2/catch.hpp>

#include "manifest/located_json.hpp"
#include "manifest/manifest_keys.hpp"
#include "manifest/schema.hpp"

using namespace mpr::manifest;

namespace {

using Names = std::set<std::string>;
using Value = LocatedJson::Value;

const LocatedJson& schema() {
  static const LocatedJson json{std::string(manifest_schema()), "manifest.schema.json"};
  return json;
}

/// "a.b": what is there.
Value at(const std::string& path) {
  Value value = schema().root();
  size_t begin = 0;
  while (begin <= path.size()) {
    const size_t end = std::min(path.find('.', begin), path.size());
    const auto next = value.find(path.substr(begin, end - begin));
    INFO(path);
    REQUIRE(next);
    value = *next;
    begin = end + 1;
  }
  return value;
}

/// The keys of the object form of something that may be written in several ways.
Value object_form(const Value& value) {
  for (const auto form : value.find("oneOf")->elements())
    if (form.find("properties")) return form;
  FAIL("no object");
  return value;
}

Names keys(const Value& object) {
  CHECK(object.find("additionalProperties")->is(LocatedJson::Kind::boolean_false));
  Names names;
  for (const auto member : object.find("properties")->members()) names.emplace(member.key.text());
  return names;
}

Names strings(const Value& list) {
  Names names;
  for (const auto element : list.elements()) names.emplace(element.text());
  return names;
}

template <class... Lists>
Names all(const Lists&... lists) {
  Names names;
  (names.insert(lists.begin(), lists.end()), ...);
  return names;
}

}  // namespace

TEST_CASE("the schema has the keys that the reader knows", "[manifest]") {
  CHECK(keys(schema().root()) == all(kDocumentKeys));
  CHECK(keys(at("$defs.pool")) == all(kPoolKeys));
  CHECK(keys(at("$defs.defaults")) == all(kSettingKeys));
  CHECK(keys(at("$defs.job")) == all(kOwnJobKeys, kSettingKeys));
  CHECK(keys(object_form(at("$defs.specs"))) == all(kInputsKeys));
  CHECK(keys(object_form(at("$defs.job.properties.stdin"))) == all(kStdinKeys));
  CHECK(keys(object_form(at("$defs.retries"))) == all(kRetriesKeys));
  CHECK(keys(object_form(at("$defs.capture"))) == all(kCaptureKeys));
}

TEST_CASE("the schema has the words that the reader knows", "[manifest]") {
  CHECK(strings(at("$defs.pool.properties.affinity.enum")) == all(kAffinities));
  CHECK(strings(at("$defs.pool.properties.isolate.enum")) == all(kIsolations));
  CHECK(strings(at("$defs.worker.enum")) == all(kExecutors));
  CHECK(strings((*at("$defs.capture.oneOf").elements().begin()).find("enum").value()) == all(kCaptures));
  CHECK(strings(object_form(at("$defs.specs")).find("properties")->find("split")->find("enum").value()) ==
        all(kSplits));
  CHECK(strings(at("$defs.env.propertyNames.not.enum")) == all(kReservedVariables));
}

TEST_CASE("every key in the schema is described", "[manifest]") {
  for (const auto member : at("$defs.job.properties").members()) {
    INFO(member.key.text());
    const auto reference = member.value.find("$ref");
    const auto described =
        reference ? at(std::string("$defs.") + std::string(reference->text().substr(8))) : member.value;
    CHECK(described.find("description"));
  }
}
