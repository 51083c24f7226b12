#include "history/task_list.hpp"

#include <algorithm>
#include <charconv>
#include <tuple>

namespace mpr::app {

std::optional<TaskName> parse_task_name(const std::string& text) {
  TaskName name;
  // The last slash: a job's name may have some, a number has none.
  const size_t slash = text.rfind('/');
  const size_t begin = slash == std::string::npos ? 0 : slash + 1;
  if (begin > 0) name.job = text.substr(0, slash);
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data() + begin, end, name.number);
  if (error != std::errc{} || stop != end || name.number == 0) return std::nullopt;
  return name;
}

TaskList list_tasks(store::Store& store, store::RunKey run, const std::optional<store::TaskRef>& only) {
  TaskList list;
  list.damaged = store.each_attempt(run, [&](const store::AttemptRecord& attempt) {
    if (attempt.running || (only && attempt.task() != *only)) return;
    list.tasks.push_back({attempt.task(), attempt.key, attempt.success});
  });
  std::vector<ListedTask>& tasks = list.tasks;
  std::sort(tasks.begin(), tasks.end(),
            [](const ListedTask& a, const ListedTask& b) { return std::tie(a.task, b.key) < std::tie(b.task, a.key); });
  const auto same = [](const ListedTask& a, const ListedTask& b) { return a.task == b.task; };
  tasks.erase(std::unique(tasks.begin(), tasks.end(), same), tasks.end());
  return list;
}

}  // namespace mpr::app
