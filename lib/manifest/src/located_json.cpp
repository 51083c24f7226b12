#include "manifest/located_json.hpp"

#include <algorithm>
#include <span>

#include "manifest/manifest_error.hpp"

namespace mpr::manifest {
namespace {

bool is_plain_name(std::string_view name) {
  const auto is_plain = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '-';
  };
  return !name.empty() && std::all_of(name.begin(), name.end(), is_plain);
}

void append_name(std::string& path, std::string_view name) {
  if (!is_plain_name(name)) {
    path += "[\"";
    path += name;
    path += "\"]";
    return;
  }
  if (!path.empty()) path += '.';
  path += name;
}

std::string line_and_column(std::string_view text, size_t at) {
  const auto before = text.substr(0, at);
  const auto line = std::count(before.begin(), before.end(), '\n') + 1;
  const size_t line_end = before.rfind('\n');
  const size_t column = line_end == std::string_view::npos ? at : at - line_end - 1;
  return std::to_string(line) + ":" + std::to_string(column + 1);
}

}  // namespace

LocatedJson::Value LocatedJson::root() const {
  return {*this, 0};
}

const LocatedJson::Source& LocatedJson::source_of(Index node) const {
  const auto after =
      std::find_if(sources_.begin(), sources_.end(), [&](const Source& source) { return source.first_node > node; });
  return *std::prev(after);
}

std::string_view LocatedJson::text_of(Index node) const {
  const Node& n = nodes_[node];
  const bool quoted = n.kind == Kind::string || n.kind == Kind::key;
  if (!quoted && n.kind != Kind::number) return {};
  if (quoted && n.first != kInText) return std::string_view(decoded_).substr(n.first, n.size);
  return std::string_view(source_of(node).text).substr(n.start, n.size);
}

std::string LocatedJson::place_of(Index node) const {
  const Source& source = source_of(node);
  if (!source.is_file) return source.name;
  // Of a string whose text is in the source, that begins behind its quote.
  const Node& n = nodes_[node];
  const bool behind_quote = (n.kind == Kind::string || n.kind == Kind::key) && n.first == kInText;
  return line_and_column(source.text, n.start - (behind_quote ? 1 : 0));
}

LocatedJson::Index LocatedJson::key_before(Index value) const {
  Index key = nodes_[nodes_[value].parent].first;
  while (nodes_[key].next != value && key != value) key = nodes_[nodes_[key].next].next;
  return key;
}

std::string LocatedJson::path_of(Index node) const {
  std::vector<Index> steps;  // innermost first
  for (; node != 0; node = nodes_[node].parent) steps.push_back(node);
  std::string path;
  for (size_t i = steps.size(); i-- > 0;) {
    const Index step = steps[i];
    if (nodes_[nodes_[step].parent].kind == Kind::object) {
      append_name(path, text_of(key_before(step)));
      continue;
    }
    size_t position = 0;
    for (Index element = nodes_[nodes_[step].parent].first; element != step; element = nodes_[element].next) ++position;
    path += "[" + std::to_string(position) + "]";
  }
  return path;
}

void LocatedJson::check_keys_once(Index object) const {
  struct Key {
    std::string_view name;
    Index node;
  };
  std::vector<Key> keys;
  for (Index key = nodes_[object].first; key != 0; key = nodes_[nodes_[key].next].next)
    keys.push_back({text_of(key), key});
  std::sort(keys.begin(), keys.end(), [](const Key& one, const Key& other) {
    return one.name != other.name ? one.name < other.name : one.node < other.node;
  });
  const Key* first = nullptr;
  const Key* second = nullptr;  // of all that are there twice, the one that comes first in the document
  for (size_t i = 1; i < keys.size(); ++i) {
    if (keys[i].name != keys[i - 1].name || (second != nullptr && second->node < keys[i].node)) continue;
    first = &keys[i - 1];
    second = &keys[i];
  }
  if (second != nullptr)
    Value(*this, second->node).fail("this key is there already, at " + Value(*this, first->node).position());
}

void LocatedJson::check_keys_once() const {
  for (auto node = sources_.back().first_node; node < nodes_.size(); ++node)
    if (nodes_[node].kind == Kind::object) check_keys_once(node);
}

void LocatedJson::fail_at(size_t offset, const std::string& what, const std::string& hint) const {
  const Source& source = sources_.back();
  throw ManifestError(source.name + (source.is_file ? ":" + line_and_column(source.text, offset) : "") + ": " + what,
                      hint);
}

std::string_view LocatedJson::Value::kind_name() const {
  switch (kind()) {
    case Kind::null:
      return "null";
    case Kind::boolean_false:
      return "false";
    case Kind::boolean_true:
      return "true";
    case Kind::number:
      return "a number";
    case Kind::array:
      return "an array";
    case Kind::object:
      return "an object";
    case Kind::string:
    case Kind::key:
      break;
  }
  return "a string";
}

LocatedJson::Items<LocatedJson::Value> LocatedJson::Value::elements() const {
  return {*json_, is(Kind::array) ? json_->nodes_[node_].first : 0};
}

LocatedJson::Items<LocatedJson::Member> LocatedJson::Value::members() const {
  return {*json_, is(Kind::object) ? json_->nodes_[node_].first : 0};
}

std::optional<LocatedJson::Value> LocatedJson::Value::find(std::string_view key) const {
  for (const auto member : members())
    if (member.key.text() == key) return member.value;
  return std::nullopt;
}

std::string LocatedJson::Value::position() const {
  return json_->place_of(node_);
}

void LocatedJson::Value::fail(const std::string& what, const std::string& hint) const {
  const Source& source = json_->source_of(node_);
  const std::string path = json_->path_of(node_);
  throw ManifestError(
      (source.is_file ? source.name + ":" : "") + position() + ": " + path + (path.empty() ? "" : ": ") + what, hint);
}

void LocatedJson::Value::fail_kind(const std::string& expected, const std::string& hint) const {
  fail("expected " + expected + ", not " + std::string(kind_name()), hint);
}

}  // namespace mpr::manifest
