// Where the kernel counts what it has killed for want of memory, on machines of every kind.
#include "os/oom_kills.hpp"

#include <map>
#include <string>

#include <catch2/catch.hpp>

using namespace mpr::os;

namespace {

using Files = std::map<std::string, std::string>;

const std::string kV2 = "30 23 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n";
const std::string kV1 = "33 31 0:30 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n";
const std::string kOther = "34 31 0:31 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu,cpuacct\n";

std::optional<uint64_t> kills(const std::string& cgroup, const std::string& mounts, Files files) {
  files["/proc/self/cgroup"] = cgroup;
  files["/proc/self/mountinfo"] = mounts;
  return oom_kills(FakeSystemFiles(std::move(files)));
}

}  // namespace

TEST_CASE("version 2 counts kills for want of memory in memory.events") {
  const Files files{
      {"/sys/fs/cgroup/a/b/memory.events", "low 0\nhigh 0\nmax 12\noom 4\noom_kill 3\noom_group_kill 0\n"},
      {"/sys/fs/cgroup/a/memory.events", "oom_kill 99\n"}};
  CHECK(kills("0::/a/b\n", kV2, files) == 3U);
}

TEST_CASE("version 1 counts kills for want of memory in memory.oom_control") {
  const Files files{{"/sys/fs/cgroup/memory/a/memory.oom_control", "oom_kill_disable 0\nunder_oom 0\noom_kill 7\n"}};
  CHECK(kills("5:cpu,cpuacct:/x\n4:memory:/a\n0::/\n", kOther + kV1, files) == 7U);
  CHECK(kills("5:cpu,cpuacct:/x\n4:memory:/a\n0::/\n",
              kOther + kV1 + "35 31 0:32 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n", files) == 7U);
}

TEST_CASE("where kills for want of memory are not counted, there is no count") {
  CHECK_FALSE(kills("", "", {}));
  CHECK_FALSE(kills("0::/\n", kV2, {}));  // the root of version 2 has no events
  CHECK_FALSE(kills("0::/a\n", kV2, {{"/sys/fs/cgroup/a/memory.events", "low 0\noom 1\n"}}));  // before Linux 4.13
  CHECK_FALSE(kills("0::/a\n", kV2, {{"/sys/fs/cgroup/a/memory.events", "oom_kill many\n"}}));
  CHECK_FALSE(oom_kills(FakeSystemFiles({})));
}
