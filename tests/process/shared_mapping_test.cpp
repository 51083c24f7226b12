#include "os/shared_mapping.hpp"

#include <sys/mman.h>
#include <sys/stat.h>

#include <algorithm>
#include <atomic>

#include "os/fork.hpp"
#include "support/process_support.hpp"

using namespace mpr::os;
using namespace mpr::test;

namespace {

constexpr size_t kPage = 4096;

bool all_are(const SharedMapping& mapping, std::byte value) {
  return std::all_of(mapping.data(), mapping.data() + mapping.size(), [&](std::byte each) { return each == value; });
}

size_t blocks_of(const UniqueFd& file) {
  struct stat status {};
  REQUIRE(::fstat(file.get(), &status) == 0);
  return static_cast<size_t>(status.st_blocks);
}

}  // namespace

TEST_CASE("shared memory is zero at first, and what a child writes is there for its parent") {
  const NothingLeft nothing_left;
  const SharedMapping mapping(3 * kPage);
  CHECK(mapping.size() == 3 * kPage);
  CHECK(all_are(mapping, std::byte{0}));
  CHECK(fork_child([&] {
          std::fill_n(mapping.data(), mapping.size(), std::byte{5});
          return 0;
        })
            .wait()
            .status.success());
  CHECK(all_are(mapping, std::byte{5}));
}

TEST_CASE("memory that is discarded is zero again, and given back to the system") {
  const NothingLeft nothing_left;
  const UniqueFd file = make_memory_file(8 * kPage);
  const SharedMapping mapping(file, 8 * kPage);
  std::fill_n(mapping.data(), mapping.size(), std::byte{5});
  const size_t before = blocks_of(file);
  // The pages 2 to 6; what is on the pages that it shares with others stays.
  mapping.discard(2 * kPage - 1, 5 * kPage + 2);
  // Before reading there, which would take memory anew.
  CHECK(blocks_of(file) == before - 5 * kPage / 512);
  CHECK(mapping.data()[2 * kPage - 1] == std::byte{5});
  CHECK(mapping.data()[7 * kPage] == std::byte{5});
  CHECK(std::all_of(mapping.data() + 2 * kPage, mapping.data() + 7 * kPage,
                    [](std::byte each) { return each == std::byte{0}; }));
  mapping.discard(kPage / 2, kPage);
  CHECK(mapping.data()[kPage] == std::byte{5});
}

TEST_CASE("a memory file keeps its size, and every mapping of it is the same memory") {
  const NothingLeft nothing_left;
  const UniqueFd file = make_memory_file(kPage);
  CHECK(sealed_size(file) == kPage);
  CHECK(::ftruncate(file.get(), 1) != 0);
  CHECK(::ftruncate(file.get(), 2 * kPage) != 0);
  CHECK((::fcntl(file.get(), F_GETFD) & FD_CLOEXEC) != 0);
  const SharedMapping one(file, kPage);
  const SharedMapping other(file, kPage);
  one.data()[7] = std::byte{9};
  CHECK(other.data()[7] == std::byte{9});
}

TEST_CASE("a file that could shrink is refused") {
  const NothingLeft nothing_left;
  const UniqueFd loose{::memfd_create("test", MFD_CLOEXEC | MFD_ALLOW_SEALING)};
  CHECK_THROWS_AS(sealed_size(loose), std::system_error);
  const UniqueFd plain{::open("/dev/null", O_RDONLY | O_CLOEXEC)};
  CHECK_THROWS_AS(sealed_size(plain), std::system_error);
}

TEST_CASE("a shared object is made in place and moves without its memory") {
  const NothingLeft nothing_left;
  SharedObject<std::atomic<int>> first(7);
  std::atomic<int>* const where = &*first;
  SharedObject<std::atomic<int>> second = std::move(first);
  CHECK_FALSE(first);  // NOLINT(bugprone-use-after-move): it says so itself
  CHECK(&*second == where);
  CHECK(*second == 7);
}
