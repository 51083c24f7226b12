#include "os/exit_status.hpp"

#include <csignal>

#include <catch2/catch.hpp>

using mpr::os::ExitStatus;
using mpr::os::signal_name;

TEST_CASE("only exit status 0 is a success") {
  CHECK(ExitStatus::exited(0).success());
  CHECK_FALSE(ExitStatus::exited(1).success());
  CHECK_FALSE(ExitStatus::exited(255).success());
  CHECK_FALSE(ExitStatus::signaled(SIGTERM).success());
}

TEST_CASE("an exit status is either a code or a signal") {
  CHECK(ExitStatus::exited(3).code() == 3);
  CHECK(ExitStatus::exited(3).signal() == 0);
  CHECK(ExitStatus::signaled(SIGKILL).code() == 0);
  CHECK(ExitStatus::signaled(SIGKILL).signal() == SIGKILL);
}

TEST_CASE("a core dump is remembered, and makes a different status") {
  CHECK(ExitStatus::signaled(SIGSEGV, true).core_dumped());
  CHECK_FALSE(ExitStatus::signaled(SIGSEGV).core_dumped());
  CHECK_FALSE(ExitStatus::signaled(SIGSEGV, true) == ExitStatus::signaled(SIGSEGV));
  CHECK(ExitStatus::exited(9) == ExitStatus::exited(9));
  CHECK_FALSE(ExitStatus::exited(9) == ExitStatus::signaled(9));
}

TEST_CASE("an exit status is told in words") {
  CHECK(ExitStatus::exited(0).text() == "exit status 0");
  CHECK(ExitStatus::exited(3).text() == "exit status 3");
  CHECK(ExitStatus::signaled(SIGTERM).text() == "killed by signal 15 (SIGTERM)");
  CHECK(ExitStatus::signaled(SIGSEGV, true).text() == "killed by signal 11 (SIGSEGV, core dumped)");
}

TEST_CASE("signals have their names, and those without one their numbers") {
  CHECK(signal_name(SIGINT) == "SIGINT");
  CHECK(signal_name(SIGKILL) == "SIGKILL");
  CHECK(signal_name(99) == "signal 99");
  CHECK(signal_name(0) == "signal 0");
}
