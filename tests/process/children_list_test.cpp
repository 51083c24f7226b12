#include "os/children_list.hpp"

#include <csignal>

#include "support/process_support.hpp"

using namespace mpr;
using namespace mpr::test;

TEST_CASE("the list of children is that of the moment in which it is read") {
  const NothingLeft nothing_left;
  os::ChildrenList list;
  const auto text = [&] { return std::string(list.read().value_or("unknown")); };
  CHECK(text().empty());
  const auto start = [] {
    const pid_t pid = ::fork();
    if (pid == 0) {
      take_signals_as_programs_do();
      for (;;) ::pause();
    }
    return pid;
  };
  const pid_t first = start();
  const pid_t second = start();
  CHECK(text() == std::to_string(first) + " " + std::to_string(second) + " ");
  ::kill(first, SIGKILL);
  CHECK(text() == std::to_string(first) + " " + std::to_string(second) + " ");  // until it is waited for
  ::waitpid(first, nullptr, 0);
  CHECK(text() == std::to_string(second) + " ");
  ::kill(second, SIGKILL);
  ::waitpid(second, nullptr, 0);
  CHECK(text().empty());
}

TEST_CASE("of too many children no list is given") {
  const NothingLeft nothing_left;
  os::ChildrenList list;
  std::vector<pid_t> children;
  for (int i = 0; i < 140; ++i) {
    children.push_back(::fork());
    if (children.back() == 0) ::_exit(0);
  }
  CHECK_FALSE(list.read());
  for (const pid_t child : children) ::waitpid(child, nullptr, 0);
  CHECK(list.read() == "");
}
