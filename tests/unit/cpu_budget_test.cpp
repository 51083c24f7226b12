#include "os/cpu_budget.hpp"

#include <map>
#include <string>

#include <catch2/catch.hpp>

#include "os/cpu_set.hpp"

using namespace mpr::os;

namespace {

using Files = std::map<std::string, std::string>;

/// The root a mount shows, where it is mounted, and its hierarchy.
std::string v2_mount(const std::string& root, const std::string& point) {
  return "30 23 0:26 " + root + " " + point + " rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n";
}
std::string v1_mount(const std::string& root, const std::string& point, const std::string& controllers) {
  return "33 31 0:30 " + root + " " + point + " rw,relatime - cgroup cgroup rw," + controllers + "\n";
}
const std::string kOtherMounts =
    "23 1 8:1 / / rw,relatime - ext4 /dev/sda1 rw\n"
    "31 23 0:28 / /sys/fs/cgroup ro shared:9 master:2 - tmpfs tmpfs ro,mode=755\n";

/// A machine with version 2 alone, mounted at /sys/fs/cgroup.
Files v2_machine(const std::string& cgroup, Files limits, const std::string& root = "/") {
  limits["/proc/self/cgroup"] = "0::" + cgroup + "\n";
  limits["/proc/self/mountinfo"] = kOtherMounts + v2_mount(root, "/sys/fs/cgroup");
  return limits;
}

/// A hybrid machine: cpu in version 1, an empty version 2.
Files v1_machine(const std::string& cgroup, Files limits, const std::string& root = "/") {
  limits["/proc/self/cgroup"] = "5:cpuset:/elsewhere\n4:cpu,cpuacct:" + cgroup + "\n1:name=systemd:/x\n0::/\n";
  limits["/proc/self/mountinfo"] = kOtherMounts + v1_mount("/", "/sys/fs/cgroup/cpuset", "cpuset") +
                                   v1_mount(root, "/sys/fs/cgroup/cpu,cpuacct", "cpu,cpuacct") +
                                   v2_mount("/", "/sys/fs/cgroup/unified");
  return limits;
}

CpuBudget budget_of(const Files& files, size_t allowed = 8) {
  return cpu_budget(FakeSystemFiles(files), allowed);
}

void check_quota(const Files& files, double quota, const std::string& file) {
  const auto budget = budget_of(files);
  REQUIRE(budget.quota.has_value());
  CHECK(*budget.quota == Approx(quota));
  CHECK(budget.quota_file == file);
}

void check_no_quota(const Files& files) {
  const auto budget = budget_of(files);
  CHECK_FALSE(budget.quota.has_value());
  CHECK(budget.quota_file.empty());
  CHECK(budget.workers == 8);
}

}  // namespace

TEST_CASE("without a quota there is a worker for each allowed CPU") {
  check_no_quota(v2_machine("/user.slice", {{"/sys/fs/cgroup/user.slice/cpu.max", "max 100000\n"}}));
  CHECK_FALSE(budget_of(v2_machine("/", {})).limited_by_quota());
}

TEST_CASE("without /proc and /sys the affinity mask alone counts") {
  check_no_quota({});
}

TEST_CASE("a machine without a single CPU allowed still has one worker") {
  CHECK(budget_of({}, 0).workers == 1);
}

TEST_CASE("a quota is rounded up to whole workers") {
  const auto workers = [](const std::string& cpu_max) {
    return budget_of(v2_machine("/a", {{"/sys/fs/cgroup/a/cpu.max", cpu_max}})).workers;
  };
  CHECK(workers("150000 100000\n") == 2);
  CHECK(workers("200000 100000\n") == 2);
  CHECK(workers("1000 100000\n") == 1);
  CHECK(workers("50000 25000\n") == 2);
}

TEST_CASE("a quota larger than the allowed CPUs does not limit, but is told") {
  const auto budget = budget_of(v2_machine("/a", {{"/sys/fs/cgroup/a/cpu.max", "9000000000000 1000\n"}}), 4);
  CHECK(budget.workers == 4);
  CHECK(budget.quota.has_value());
  CHECK_FALSE(budget.limited_by_quota());
}

TEST_CASE("the budget says what limited it") {
  const auto budget = budget_of(v2_machine("/a", {{"/sys/fs/cgroup/a/cpu.max", "150000 100000\n"}}), 4);
  CHECK(budget.workers == 2);
  CHECK(budget.allowed == 4);
  CHECK(budget.limited_by_quota());
  check_quota(v2_machine("/a", {{"/sys/fs/cgroup/a/cpu.max", "150000 100000\n"}}), 1.5, "/sys/fs/cgroup/a/cpu.max");
}

TEST_CASE("the smallest quota of a cgroup and its ancestors counts, whichever has it") {
  const std::string a = "/sys/fs/cgroup/a/cpu.max";
  const std::string b = "/sys/fs/cgroup/a/b/cpu.max";
  const std::string c = "/sys/fs/cgroup/a/b/c/cpu.max";
  check_quota(v2_machine("/a/b/c", {{a, "200000 100000"}, {b, "max 100000"}, {c, "max 100000"}}), 2, a);
  check_quota(v2_machine("/a/b/c", {{a, "300000 100000"}, {b, "100000 100000"}, {c, "400000 100000"}}), 1, b);
  check_quota(v2_machine("/a/b/c", {{a, "300000 100000"}, {c, "100000 100000"}}), 1, c);
}

TEST_CASE("a quota of a sibling cgroup does not count") {
  check_no_quota(v2_machine(
      "/a", {{"/sys/fs/cgroup/ab/cpu.max", "100000 100000"}, {"/sys/fs/cgroup/a/b/cpu.max", "100000 100000"}}));
}

TEST_CASE("a version 1 quota is read beside an empty version 2") {
  const std::string folder = "/sys/fs/cgroup/cpu,cpuacct/job";
  const auto files = [&](const std::string& quota) {
    return v1_machine("/job", {{folder + "/cpu.cfs_quota_us", quota}, {folder + "/cpu.cfs_period_us", "50000\n"}});
  };
  check_quota(files("125000\n"), 2.5, folder + "/cpu.cfs_quota_us");
  CHECK(budget_of(files("125000\n")).workers == 3);
  check_no_quota(files("-1\n"));
}

TEST_CASE("a version 1 quota of an ancestor counts") {
  const std::string top = "/sys/fs/cgroup/cpu,cpuacct/pod";
  check_quota(v1_machine("/pod/job", {{top + "/cpu.cfs_quota_us", "100000\n"},
                                      {top + "/cpu.cfs_period_us", "100000\n"},
                                      {top + "/job/cpu.cfs_quota_us", "-1\n"},
                                      {top + "/job/cpu.cfs_period_us", "100000\n"}}),
              1, top + "/cpu.cfs_quota_us");
}

TEST_CASE("the cpuset and cpuacct hierarchies are not the cpu one") {
  Files files{{"/proc/self/cgroup", "3:cpuset:/a\n2:cpuacct:/a\n"},
              {"/proc/self/mountinfo", v1_mount("/", "/c/cpuset", "cpuset") + v1_mount("/", "/c/cpuacct", "cpuacct")}};
  for (const std::string name : {"cpuset", "cpuacct"}) {
    files["/c/" + name + "/a/cpu.cfs_quota_us"] = "100000";
    files["/c/" + name + "/a/cpu.cfs_period_us"] = "100000";
  }
  check_no_quota(files);
}

TEST_CASE("in a cgroup namespace the mount point is the cgroup itself") {
  check_quota(v2_machine("/", {{"/sys/fs/cgroup/cpu.max", "200000 100000"}}), 2, "/sys/fs/cgroup/cpu.max");
}

TEST_CASE("in a container without a namespace the path is relative to the root of the mount") {
  const Files limits{{"/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us", "200000"},
                     {"/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us", "100000"}};
  check_quota(v1_machine("/docker/abc", limits, "/docker/abc"), 2, "/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us");
  check_quota(v2_machine("/docker/abc/x", {{"/sys/fs/cgroup/x/cpu.max", "200000 100000"}}, "/docker/abc"), 2,
              "/sys/fs/cgroup/x/cpu.max");
}

TEST_CASE("a path that does not exist below the mount leaves the limits of the mount itself") {
  check_quota(v2_machine("/docker/abc", {{"/sys/fs/cgroup/cpu.max", "200000 100000"}}), 2, "/sys/fs/cgroup/cpu.max");
}

TEST_CASE("a mount of another part of the hierarchy limits nothing") {
  const Files limits{{"/sys/fs/cgroup/cpu.max", "100000 100000"}, {"/sys/fs/cgroup/b/cpu.max", "100000 100000"}};
  check_no_quota(v2_machine("/docker/b", limits, "/docker/a"));
  check_no_quota(v2_machine("/docker/ab", limits, "/docker/a"));
  check_no_quota(v2_machine("/../b", limits, "/"));
}

TEST_CASE("a mount that begins above the namespace is followed as far as names are known") {
  check_quota(v2_machine("/../b", {{"/sys/fs/cgroup/b/cpu.max", "200000 100000"}}, "/.."), 2,
              "/sys/fs/cgroup/b/cpu.max");
  check_quota(v2_machine("/", {{"/sys/fs/cgroup/cpu.max", "300000 100000"}}, "/.."), 3, "/sys/fs/cgroup/cpu.max");
}

TEST_CASE("of several mounts the one that shows most ancestors counts") {
  Files files{{"/proc/self/cgroup", "0::/a/b\n"},
              {"/proc/self/mountinfo", v2_mount("/a/b", "/bound") + v2_mount("/", "/whole") + v2_mount("/a", "/half")},
              {"/whole/a/cpu.max", "200000 100000"},
              {"/whole/a/b/cpu.max", "300000 100000"}};
  check_quota(files, 2, "/whole/a/cpu.max");
}

TEST_CASE("spaces in a mount point are understood") {
  Files files{{"/proc/self/cgroup", "0::/a\n"},
              {"/proc/self/mountinfo", v2_mount("/", "/my\\040groups")},
              {"/my groups/a/cpu.max", "200000 100000"}};
  check_quota(files, 2, "/my groups/a/cpu.max");
}

TEST_CASE("a colon in a cgroup's name is part of it") {
  check_quota(v2_machine("/a:b", {{"/sys/fs/cgroup/a:b/cpu.max", "200000 100000"}}), 2, "/sys/fs/cgroup/a:b/cpu.max");
}

TEST_CASE("limits that make no sense limit nothing") {
  const std::string text = GENERATE("", "\n", "100000", "x 100000", "100000 0", "0 100000", "-5 100000", "1 2 3");
  CAPTURE(text);
  check_no_quota(v2_machine("/a", {{"/sys/fs/cgroup/a/cpu.max", text}}));
}

TEST_CASE("mountinfo and cgroup lines that make no sense are skipped") {
  auto files = v2_machine("/a", {{"/sys/fs/cgroup/a/cpu.max", "200000 100000"}});
  files["/proc/self/cgroup"] = "\njunk\n4:cpu\n" + files["/proc/self/cgroup"];
  files["/proc/self/mountinfo"] = "\njunk - junk\n1 2 3 - cgroup2 x y\n" + files["/proc/self/mountinfo"];
  check_quota(files, 2, "/sys/fs/cgroup/a/cpu.max");
}

TEST_CASE("this machine's budget is between one and the allowed CPUs") {
  const auto allowed = allowed_cpus().size();
  const auto budget = cpu_budget(RealSystemFiles{}, allowed);
  CHECK(budget.allowed == allowed);
  CHECK(budget.workers >= 1);
  CHECK(budget.workers <= allowed);
  CHECK(budget.quota.has_value() == !budget.quota_file.empty());
}
