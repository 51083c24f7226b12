// LocatedJson::set.
#include "manifest/located_json.hpp"
#include "manifest/manifest_error.hpp"
#include "utf8.hpp"

namespace mpr::manifest {

void LocatedJson::set(std::string_view word) {
  const auto first_node = static_cast<Index>(nodes_.size());
  sources_.push_back(
      {.name = "--set " + std::string(word), .text = std::string(word), .first_node = first_node, .is_file = false});
  const size_t equals = word.find('=');
  if (equals == std::string_view::npos || equals == 0)
    fail_at(0, "expected PATH=VALUE", "write it like --set jobs.build.timeout=5m");
  if (find_not_utf8(word) != std::string_view::npos) fail_at(0, "not UTF-8");
  const size_t decoded_size = decoded_.size();
  try {
    parse(equals + 1);
  } catch (const ManifestError&) {
    nodes_.resize(first_node);
    decoded_.resize(decoded_size);
    nodes_.push_back({.start = static_cast<Index>(equals + 1),
                      .size = static_cast<Index>(word.size() - equals - 1),
                      .first = kInText,
                      .kind = Kind::string});
  }
  put(std::string_view(sources_.back().text).substr(0, equals), first_node);
  check_keys_once();
}

/// Puts the node `value` at `path`, which is the beginning of the last source's text.
void LocatedJson::put(std::string_view path, Index value) {
  Index object = 0;
  size_t at = 0;
  while (true) {
    if (nodes_[object].kind != Kind::object) {
      const std::string place = object == 0 ? "the document" : path_of(object);
      fail_at(0, place + ": expected an object, not " + std::string(Value(*this, object).kind_name()));
    }
    const auto rest = path.substr(at);
    const Index there = find_longest_key(object, rest);
    const auto name = there != 0 ? rest.substr(0, text_of(there).size()) : rest.substr(0, rest.find('.'));
    if (name.empty()) fail_at(0, "a name is missing in the path before '='");
    const Index key = there != 0 ? there
                                 : append(object, {.start = static_cast<Index>(at),
                                                   .size = static_cast<Index>(name.size()),
                                                   .first = kInText,
                                                   .kind = Kind::key});
    at += name.size() + 1;
    if (at > path.size()) {
      nodes_[value].parent = object;
      nodes_[value].next = there != 0 ? nodes_[nodes_[key].next].next : 0;
      nodes_[key].next = value;
      return;
    }
    object = there != 0 ? nodes_[key].next : append(object, {.kind = Kind::object});
  }
}

/// The longest key of `object` with which `path` begins, up to one of its dots or its end; 0: none.
LocatedJson::Index LocatedJson::find_longest_key(Index object, std::string_view path) const {
  Index longest = 0;
  for (Index key = nodes_[object].first; key != 0; key = nodes_[nodes_[key].next].next) {
    const auto name = text_of(key);
    const bool begins = path.starts_with(name) && (name.size() == path.size() || path[name.size()] == '.');
    if (begins && !name.empty() && (longest == 0 || name.size() > text_of(longest).size())) longest = key;
  }
  return longest;
}

LocatedJson::Index LocatedJson::append(Index object, Node node) {
  const auto index = static_cast<Index>(nodes_.size());
  node.parent = object;
  Index* link = &nodes_[object].first;
  while (*link != 0) link = &nodes_[*link].next;
  *link = index;
  nodes_.push_back(node);
  return index;
}

}  // namespace mpr::manifest
