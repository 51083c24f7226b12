// What a task has of its process is what a plain child of the shell would have: mpr changes nothing on the way.
#include <catch2/catch.hpp>

#include "support/mpr_command.hpp"

using namespace mpr::test;

namespace {

/// All that is inherited and that a program may look at: signals, capabilities, limits, umask, nice, descriptors.
const std::string kShow = R"(
  grep -E '^(Umask|Groups|SigQ|SigBlk|SigIgn|SigCgt|Cap|NoNewPrivs|Seccomp:)' /proc/self/status | grep -v SigQ
  cat /proc/self/limits
  nice
  cat /proc/self/oom_score_adj /proc/self/timerslack_ns /proc/self/personality 2>/dev/null
  ls /proc/self/fd | tr '\n' ' ')";

void check_same(const std::string& set_up, const std::string& options = "") {
  const TempDir dir;
  Options with_task = env("SHOW", kShow);
  with_task.env.emplace_back("DIR", dir.path());
  const Result plain = shell(set_up + "\nsh -c \"$SHOW\" </dev/null 2>/dev/null | cat", with_task);
  const Result under = shell(set_up + "\n$MPR map " + options + " sh -c \"$SHOW\" --inputs 1 | cat", with_task);
  INFO(set_up << "\n" << plain << under);
  CHECK(under.err.empty());
  CHECK(lines(plain.out).size() > 20);
  CHECK(under.out == plain.out);
}

}  // namespace

TEST_CASE("a task has the signals, limits, umask, nice and descriptors that a child of the shell has") {
  check_same("");
  check_same("", "--store $DIR/runs.db");
  check_same("umask 027");
  check_same("renice -n 5 $$ >/dev/null");
  check_same("trap '' HUP USR1 PIPE");
  check_same("ulimit -Sn 100; ulimit -c 0; ulimit -f 5000; ulimit -s 4096; ulimit -t 600");
  if (kSlowness == 1) check_same("ulimit -v 4000000");  // AddressSanitizer takes more
  check_same("exec 7</dev/null 9>/dev/null");
}

TEST_CASE("every task of a worker has the same of its process as the first") {
  const std::string show = "grep -E '^(Umask|SigBlk|SigIgn|SigCgt)' /proc/self/status; ls /proc/self/fd";
  const Result result = run_mpr({"map", "-j1", "sh", "-c", show, "--inputs", "1", "2", "3"});
  INFO(result);
  const size_t each = result.out.size() / 3;
  CHECK(lines(result.out).size() == size_t{3 * (4 + 4)});
  CHECK(result.out.substr(each, each) == result.out.substr(0, each));
  CHECK(result.out.substr(2 * each) == result.out.substr(0, each));
}
