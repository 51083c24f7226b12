// How `link` and `exclude` name the groups of a job.
#include <algorithm>
#include <optional>

#include "inputs_reader.hpp"

namespace mpr::manifest {
namespace {

size_t find_group(JsonValue name, std::span<const JobInputs> groups) {
  for (size_t i = 0; i < groups.size(); ++i)
    if (!groups[i].name.empty() && groups[i].name == name.text()) return i;
  std::vector<std::string_view> names;
  for (const auto& group : groups)
    if (!group.name.empty()) names.emplace_back(group.name);
  const auto otherwise = groups.empty()  ? std::string("this job has no inputs")
                         : names.empty() ? std::string("the inputs of this job have no names")
                                         : "the groups are: " + list_names(names);
  name.fail("there is no group " + quote(name.text()), hint_nearest(name.text(), names, otherwise));
}

/// Which groups are linked with which: for each the number of its list, from 1; 0: with none.
class Links {
 public:
  Links(JsonValue link, std::span<const JobInputs> groups) : groups_(groups), list_of_(groups.size()) {
    if (link.is(JsonKind::boolean_true)) {
      if (groups.size() < 2) link.fail("there are no two groups to link");
      list_of_.assign(groups.size(), 1);
    } else if (!link.is(JsonKind::boolean_false)) {
      read_lists(link);
    }
  }

  [[nodiscard]] const std::vector<size_t>& lists() const { return list_of_; }

 private:
  void read_lists(JsonValue link) {
    if (!link.is(JsonKind::array)) link.fail_kind("true, an array of groups, or an array of such arrays");
    const bool nested = !link.elements().empty() && (*link.elements().begin()).is(JsonKind::array);
    if (!nested) return read_list(link);
    for (const auto list : link.elements()) {
      if (!list.is(JsonKind::array)) list.fail_kind("an array of groups, like the one before");
      read_list(list);
    }
  }

  void read_list(JsonValue list) {
    if (list.elements().size() < 2) list.fail("expected two groups or more to link");
    ++lists_;
    for (const auto name : list.elements()) {
      if (!name.is(JsonKind::string)) name.fail_kind("the name of a group");
      size_t& list_of_group = list_of_[find_group(name, groups_)];
      if (list_of_group != 0) name.fail("group " + quote(name.text()) + " is linked already");
      list_of_group = lists_;
    }
  }

  std::span<const JobInputs> groups_;
  std::vector<size_t> list_of_;
  size_t lists_ = 0;
};

Exclusion read_exclusion(JsonValue object, std::span<const JobInputs> groups) {
  if (!object.is(JsonKind::object)) object.fail_kind("an object of groups and values");
  if (object.members().empty()) object.fail("this would leave out every row", "name a group and a value of it");
  Exclusion exclusion;
  for (const auto [key, value] : object.members())
    exclusion.push_back({.group = find_group(key, groups), .value = read_text(value)});
  return exclusion;
}

}  // namespace

std::vector<JobInputs> link_groups(JsonValue link, std::vector<JobInputs> groups) {
  const Links links(link, groups);
  const auto& list_of = links.lists();
  std::vector<bool> placed(groups.size());
  std::vector<JobInputs> in_order;
  in_order.reserve(groups.size());
  const auto place = [&](size_t i, bool linked) {
    groups[i].linked = linked;
    in_order.push_back(std::move(groups[i]));
    placed[i] = true;
  };
  for (size_t first = 0; first < groups.size(); ++first) {
    if (placed[first]) continue;
    place(first, false);
    for (size_t i = first + 1; i < groups.size(); ++i)
      if (list_of[i] != 0 && list_of[i] == list_of[first]) place(i, true);
  }
  return in_order;
}

std::vector<Exclusion> read_exclusions(JsonValue exclude, std::span<const JobInputs> groups) {
  if (!exclude.is(JsonKind::array)) exclude.fail_kind("an array of objects");
  std::vector<Exclusion> exclusions;
  for (const auto object : exclude.elements()) exclusions.push_back(read_exclusion(object, groups));
  return exclusions;
}

}  // namespace mpr::manifest
