// On which file systems a store keeps which journal.

#include <linux/magic.h>

#include <filesystem>

#include <catch2/catch.hpp>

#include "store/file_system.hpp"
#include "support/store_samples.hpp"
#include "support/temp_dir.hpp"

using namespace mpr;
using namespace mpr::test;
using store::Durability;
using store::RunWriter;
using store::shared_by_hosts;
using store::Store;

namespace {

constexpr int64_t kLocal = EXT4_SUPER_MAGIC;
constexpr int64_t kNfs = NFS_SUPER_MAGIC;

/// One that others may open beside us while its run is written.
void write_run(const std::string& path, int64_t file_system) {
  Store store = Store::open(path, Durability::process, file_system);
  RunWriter writer = RunWriter::begin(store, sample_run());
  write_attempt(writer, sample_attempt(1), "some output");
  writer.commit();
  CHECK(exists(path + "-wal") == (file_system == kLocal));
  CHECK(store.notice().empty() == (file_system == kLocal));
  CHECK(Store::open_existing(path).find_runs(writer.run().info.id).size() == 1);
  writer.finish(store::RunState::succeeded, 0, {});
}

}  // namespace

TEST_CASE("store: file systems that several hosts see are known by their type") {
  CHECK(shared_by_hosts(NFS_SUPER_MAGIC) == "NFS");
  CHECK(shared_by_hosts(SMB_SUPER_MAGIC) == "SMB");
  CHECK(shared_by_hosts(static_cast<int32_t>(0xff534d42)) == "CIFS");
  CHECK(shared_by_hosts(0xfe534d42) == "SMB2");
  CHECK(shared_by_hosts(0x0bd00bd0) == "Lustre");
  CHECK(shared_by_hosts(FUSE_SUPER_MAGIC) == "FUSE");
  CHECK(shared_by_hosts(V9FS_MAGIC) == "9p");
  CHECK(shared_by_hosts(0x47504653) == "GPFS");
  CHECK(shared_by_hosts(0x00c36400) == "Ceph");
  for (const int64_t local : {int64_t{0}, int64_t{EXT4_SUPER_MAGIC}, int64_t{XFS_SUPER_MAGIC}, int64_t{TMPFS_MAGIC},
                              int64_t{OVERLAYFS_SUPER_MAGIC}, int64_t{BTRFS_SUPER_MAGIC}}) {
    CHECK_FALSE(shared_by_hosts(local));
  }
}

TEST_CASE("store: where several hosts see it, it keeps a rollback journal, and says so") {
  const TempDir dir;
  write_run(dir / "runs.db", kNfs);
  Store store = Store::open(dir / "runs.db", Durability::process, kNfs);
  CHECK(store.notice() == "store '" + dir / "runs.db" + "' lies on NFS, where commits are slower: each is flushed to " +
                              "the disk (--store names another place)");
}

TEST_CASE("store: one that is moved to another file system changes its journal, and loses nothing") {
  const TempDir dir;
  write_run(dir / "runs.db", kLocal);
  write_run(dir / "runs.db", kNfs);
  write_run(dir / "runs.db", kLocal);
  Store store = Store::open_existing(dir / "runs.db");
  CHECK(store.check().empty());
  REQUIRE(store.runs().size() == 3);
  for (const store::RunRecord& run : store.runs()) {
    const auto attempts = all_attempts(store, run.key);
    REQUIRE(attempts.size() == 1);
    CHECK(output_text(store, attempts.front()) == "some output");
  }
}
