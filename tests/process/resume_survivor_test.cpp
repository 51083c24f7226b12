// A resumed run and what an earlier session of it has left alive.
#include <signal.h>

#include <array>

#include <catch2/catch.hpp>

#include "store/run_writer.hpp"
#include "support/running.hpp"
#include "support/temp_dir.hpp"

using namespace mpr;
using namespace mpr::test;

TEST_CASE("resume: nothing runs beside a worker of an earlier session") {
  const TempDir dir;
  Running worker({"sleep", "1000"});
  std::string id;
  {
    store::Store store = store::Store::open(dir / "s.db", store::Durability::process);
    store::RunWriter writer = store::RunWriter::begin(store, {});
    store::WorkerRecord record;
    record.slot = 1;
    record.process = os::ProcessIdentity::of(worker.pid());
    writer.workers_started(std::array{record});
    id = writer.run().info.id;
  }
  Running mpr({MPR_BINARY, "map", "--store", dir / "s.db", "--resume=" + id, "-j1", "sh", "-c",
               "echo $1; touch " + dir / "ran", "sh", ":::", "1"});
  CHECK_FALSE(wait_until([&] { return exists(dir / "ran"); }, std::chrono::milliseconds{300}));
  worker.signal(SIGKILL);
  (void)worker.wait();
  const Result result = mpr.wait();
  INFO(result);
  CHECK(result.exit_status == 0);
  CHECK(result.out == "1\n");
}
