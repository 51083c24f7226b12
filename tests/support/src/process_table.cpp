#include "support/process_table.hpp"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <functional>
#include <sstream>
#include <string_view>

#include "support/temp_dir.hpp"

namespace mpr::test {

namespace {

/// The fields of /proc/<pid>/stat that matter here. The name, field 2, is in parentheses and may contain anything.
struct Stat {
  char state = 'X';  // what the kernel shows for "dead"
  pid_t parent = 0;
  pid_t session = 0;
};

std::string proc_file(pid_t pid, const char* name) {
  return "/proc/" + std::to_string(pid) + "/" + name;
}

Stat stat_of(pid_t pid) {
  const std::string text = read_file(proc_file(pid, "stat"));
  const auto name_end = text.rfind(')');
  if (name_end == std::string::npos) return {};
  std::istringstream fields(text.substr(name_end + 1));
  Stat stat;
  pid_t group = 0;
  fields >> stat.state >> stat.parent >> group >> stat.session;
  return stat;
}

bool live(const Stat& stat) {
  return stat.state != 'Z' && stat.state != 'X';
}

std::vector<pid_t> processes_where(const std::function<bool(pid_t)>& wanted) {
  std::vector<pid_t> found;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    const std::string name = entry.path().filename().string();
    pid_t pid = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), pid);
    if (error == std::errc{} && end == name.data() + name.size() && wanted(pid)) found.push_back(pid);
  }
  return found;
}

bool has_assignment(const std::string& environment, std::string_view wanted) {
  const std::string with_ends = '\0' + environment;
  return with_ends.find('\0' + std::string(wanted) + '\0') != std::string::npos;
}

}  // namespace

std::vector<pid_t> processes_with(const std::string& assignment) {
  return processes_where(
      [&](pid_t pid) { return has_assignment(read_file(proc_file(pid, "environ")), assignment) && is_alive(pid); });
}

std::vector<pid_t> processes_of_session(pid_t session) {
  return processes_where([&](pid_t pid) {
    const Stat stat = stat_of(pid);
    return stat.session == session && live(stat);
  });
}

std::vector<pid_t> children_of(pid_t parent) {
  return processes_where([&](pid_t pid) { return stat_of(pid).parent == parent; });
}

bool is_alive(pid_t pid) {
  return live(stat_of(pid));
}

std::string describe_process(pid_t pid) {
  std::string words = read_file(proc_file(pid, "cmdline"));
  std::replace(words.begin(), words.end(), '\0', ' ');
  if (!words.empty()) words.pop_back();
  return std::to_string(pid) + " (" + words + ")";
}

}  // namespace mpr::test
