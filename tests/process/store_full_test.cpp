// A store for which there is no room, or no permission.
#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <catch2/catch.hpp>

#include "support/process_support.hpp"
#include "support/store_samples.hpp"
#include "support/temp_dir.hpp"

using namespace mpr;
using namespace mpr::test;
using store::Durability;
using store::RunState;
using store::RunWriter;
using store::Store;
using store::StoreError;

namespace {

/// Writes until there is no room; then makes room, and commits again what was refused.
std::string fill(const std::string& path, size_t output_bytes, const StoreError::Cause cause, const std::string& reason,
                 const std::function<void()>& make_room) {
  Store store = Store::open(path, Durability::process);
  RunWriter writer = RunWriter::begin(store, sample_run());
  const std::string output(output_bytes, 'x');
  std::string told;
  uint64_t number = 0;
  for (uint64_t committed = 0; told.empty() && number < 100'000;) {
    ++number;
    store::AttemptRecord attempt = sample_attempt(number);
    try {
      writer.output(attempt.task(), 1, worker::Stream::out, bytes_of(output));
    } catch (const StoreError& error) {
      if (error.cause() != cause) return error.what();
      told = error.what();
      make_room();
      writer.output(attempt.task(), 1, worker::Stream::out, bytes_of(output));
    }
    writer.attempt_ended(std::move(attempt));
    try {
      if (number % 10 == 0) {
        writer.commit();
        committed = number;
      }
    } catch (const StoreError& error) {
      if (error.cause() != cause) return error.what();
      told = error.what();
      if (all_attempts(store, writer.run().key).size() != committed) return "committed attempts are not there";
      make_room();
    }
  }
  if (told != "cannot record results in store '" + path + "': " + reason) return "told: " + told;
  writer.finish(RunState::succeeded, 0, {});
  const auto attempts = all_attempts(store, writer.run().key);
  if (attempts.size() != number) return "not all attempts are there";
  for (const auto& attempt : attempts) {
    if (output_text(store, attempt) != output) return "an output is not whole";
  }
  return store.check().empty() ? "nothing was lost" : store.check();
}

/// A file system of 512 KiB at `path`, for this process and its children alone. False where that is not allowed.
bool mount_small(const std::string& path) {
  return ::unshare(CLONE_NEWNS) == 0 && ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
         ::mount("tmpfs", path.c_str(), "tmpfs", 0, "size=512k") == 0;
}

constexpr size_t kOutputBytes[] = {100, 30'000};

}  // namespace

TEST_CASE("store: on a full disk nothing is lost, and all goes on when there is room") {
  const NothingLeft nothing_left;
  const TempDir dir;
  for (const size_t output_bytes : kOutputBytes) {
    const std::string outcome = in_child([&]() -> std::string {
      if (!mount_small(dir.path())) return "not allowed";
      return fill(dir / "runs.db", output_bytes, StoreError::Cause::full, "the disk is full",
                  [&] { ::mount(nullptr, dir.path().c_str(), nullptr, MS_REMOUNT, "size=64m"); });
    });
    if (outcome == "not allowed") {
      WARN("skipped: only root can mount a small file system");
      return;
    }
    CHECK(outcome == "nothing was lost");
  }
}

TEST_CASE("store: at the limit of a file's size nothing is lost either") {
  const NothingLeft nothing_left;
  const TempDir dir;
  const std::string outcome = in_child([&] {
    ::signal(SIGXFSZ, SIG_IGN);
    rlimit limit{};
    ::getrlimit(RLIMIT_FSIZE, &limit);
    const rlimit small{512UL * 1024, limit.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &small);
    return fill(dir / "runs.db", 100, StoreError::Cause::limited, "it has reached the limit of a file's size",
                [&] { ::setrlimit(RLIMIT_FSIZE, &limit); });
  });
  CHECK(outcome == "nothing was lost");
}

TEST_CASE("store: where one may not write, it says so, and may be read") {
  const NothingLeft nothing_left;
  const TempDir dir;
  const auto refusal = [](const std::function<Store()>& open) {
    try {
      (void)open();
    } catch (const StoreError& error) {
      return std::string(error.what()) + (error.cause() == StoreError::Cause::refused ? "" : " (another cause)");
    }
    return std::string("opened");
  };
  const std::string outcome = in_child([&]() -> std::string {
    (void)Store::open(dir / "a/runs.db", Durability::process);
    ::chmod((dir / "a").c_str(), 0500);
    ::chmod((dir / "a/runs.db").c_str(), 0400);
    ::chmod(dir.path().c_str(), 0755);
    if (::getuid() == 0) {
      ::chown((dir / "a").c_str(), 65534, 65534);
      ::chown((dir / "a/runs.db").c_str(), 65534, 65534);
      ::chown((dir / "a/runs.db.lock").c_str(), 65534, 65534);
      if (::setgid(65534) != 0 || ::setuid(65534) != 0) return "not allowed";
    } else {
      ::chmod(dir.path().c_str(), 0500);
    }
    const std::string told = refusal([&] { return Store::open(dir / "a/runs.db", Durability::process); }) + "\n" +
                             refusal([&] { return Store::open(dir / "b/runs.db", Durability::process); }) + "\n" +
                             refusal([&] { return Store::open_existing(dir / "a/runs.db"); });
    ::chmod(dir.path().c_str(), 0700);
    ::chmod((dir / "a").c_str(), 0700);
    return told;
  });
  CHECK(outcome == "cannot record results in store '" + dir / "a/runs.db" + "': Permission denied\n" +
                       "cannot create store '" + dir / "b/runs.db" + "': Permission denied\n" + "opened");
}
