#include "mpr/shared_memory.hpp"

#include <fcntl.h>
#include <sys/mman.h>

#include <atomic>
#include <cstdint>

#include "killing.hpp"
#include "mpr/connection.hpp"
#include "mpr/process.hpp"
#include "os/descriptors.hpp"
#include "os/io.hpp"
#include "support/running.hpp"

using namespace mpr::test;
using mpr::Process;
using mpr::SharedMemory;
namespace os = mpr::os;

namespace {

struct Header {
  std::atomic<uint32_t> ready;
  uint32_t count;
};

template <class Function>
int error_of(Function function) {
  try {
    function();
  } catch (const std::system_error& error) {
    return error.code().value();
  }
  return 0;
}

}  // namespace

TEST_CASE("shared memory is zeros of the size that was asked for") {
  const NothingLeft nothing_left;
  const SharedMemory memory(10'000);
  CHECK(memory.size() == 10'000);
  CHECK(memory.bytes().size() == 10'000);
  CHECK(std::ranges::count(memory.bytes(), std::byte{}) == 10'000);
}

TEST_CASE("a child and its parent see what the other writes into shared memory") {
  const NothingLeft nothing_left;
  SharedMemory memory(4096);
  Process child([&] {
    auto& header = memory.as<Header>();
    memory.array<double>(sizeof(Header), 2)[1] = 2.5;
    header.count = 2;
    header.ready = 1;
    return wait_until([&] { return header.ready == 2; }) ? 0 : 1;
  });
  child.start();
  auto& header = memory.as<Header>();
  CHECK(wait_until([&] { return header.ready == 1; }));
  CHECK(header.count == 2);
  CHECK(memory.array<double>(sizeof(Header), 2)[1] == 2.5);
  header.ready = 2;
  CHECK(exit_code_of(child) == 0);
}

TEST_CASE("who was not forked from its maker gets shared memory by its descriptor") {
  const NothingLeft nothing_left;
  mpr::DuplexPipe pipe = mpr::make_pipe();
  // The child makes it after the fork, so that nothing but the descriptor comes to us.
  Process child(
      [](mpr::Connection to) {
        SharedMemory memory(5000);
        memory.as<int>(4096) = 42;
        to.send_fd(memory.fd());
        return wait_until([&] { return memory.as<int>(4096) == 43; }) ? 0 : 1;
      },
      std::move(pipe.second));
  child.start();
  SharedMemory memory = SharedMemory::attach(pipe.first.recv_fd());
  CHECK(memory.size() == 5000);
  CHECK(memory.as<int>(4096) == 42);
  memory.as<int>(4096) = 43;
  CHECK(exit_code_of(child) == 0);
}

TEST_CASE("another program finds what is in shared memory") {
  SharedMemory memory(5);
  std::ranges::copy(std::as_bytes(std::span("hello", 5)), memory.bytes().begin());
  const std::string path = "/proc/" + std::to_string(::getpid()) + "/fd/" + std::to_string(memory.fd().get());
  CHECK(run({"cat", path}).out == "hello");
}

TEST_CASE("attach() borrows or takes a descriptor, and either way both see the same memory") {
  const NothingLeft nothing_left;
  SharedMemory memory(100);
  SharedMemory borrowed = SharedMemory::attach(memory.fd());
  SharedMemory taken = SharedMemory::attach(os::duplicate(memory.fd()));
  CHECK(borrowed.fd() != memory.fd());
  CHECK((::fcntl(borrowed.fd().get(), F_GETFD) & FD_CLOEXEC) != 0);
  CHECK((::fcntl(memory.fd().get(), F_GETFD) & FD_CLOEXEC) != 0);
  memory.as<int>() = 7;
  CHECK(borrowed.as<int>() == 7);
  CHECK(taken.as<int>() == 7);
  CHECK(borrowed.bytes().data() != memory.bytes().data());
}

TEST_CASE("shared memory outlives who made it") {
  const NothingLeft nothing_left;
  std::optional<SharedMemory> memory(100);
  memory->as<int>() = 7;
  SharedMemory other = SharedMemory::attach(memory->fd());
  memory.reset();
  CHECK(other.as<int>() == 7);
  SharedMemory moved = std::move(other);
  CHECK(moved.as<int>() == 7);
  CHECK(moved.size() == 100);
}

TEST_CASE("only memory whose size cannot change is attached") {
  const NothingLeft nothing_left;
  CHECK(error_of([] { (void)SharedMemory::attach(os::open_null()); }) == EINVAL);
  const os::UniqueFd unsealed{::memfd_create("test", MFD_CLOEXEC | MFD_ALLOW_SEALING)};
  REQUIRE(::ftruncate(unsealed.get(), 100) == 0);
  CHECK(error_of([&] { (void)SharedMemory::attach(unsealed); }) == EINVAL);
  CHECK(error_of([] { (void)SharedMemory::attach(os::FdRef{}); }) == EBADF);
  const SharedMemory memory(100);
  CHECK(::ftruncate(memory.fd().get(), 10) == -1);
}

TEST_CASE("memory that may not be written is not attached") {
  const NothingLeft nothing_left;
  const SharedMemory memory(100);
  const std::string path = "/proc/self/fd/" + std::to_string(memory.fd().get());
  const os::UniqueFd read_only{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  REQUIRE(read_only);
  CHECK(error_of([&] { (void)SharedMemory::attach(read_only); }) == EACCES);
}

TEST_CASE("shared memory of an impossible size is refused") {
  const NothingLeft nothing_left;
  CHECK_THROWS_AS(SharedMemory(0), std::invalid_argument);
  CHECK_THROWS_AS(SharedMemory(std::numeric_limits<size_t>::max()), std::length_error);
  CHECK_THROWS_AS(SharedMemory(std::numeric_limits<size_t>::max() / 4), std::system_error);
}

TEST_CASE("a view beyond the end of shared memory is refused") {
  SharedMemory memory(100);
  CHECK(memory.array<int32_t>(0, 25).size() == 25);
  CHECK(memory.array<int32_t>(100, 0).empty());
  CHECK_THROWS_WITH(memory.array<int32_t>(4, 25), "25 objects of 4 bytes at offset 4 of 100 bytes of shared memory");
  CHECK_THROWS_AS(memory.array<int32_t>(104, 0), std::out_of_range);
  CHECK_THROWS_AS(memory.as<int32_t>(97), std::out_of_range);
  CHECK_THROWS_AS(memory.as<int32_t>(std::numeric_limits<size_t>::max() - 3), std::out_of_range);
  CHECK_THROWS_AS(memory.array<int32_t>(0, std::numeric_limits<size_t>::max() / 2), std::out_of_range);
}

TEST_CASE("a view that its type is not aligned to is refused") {
  SharedMemory memory(100);
  CHECK_THROWS_WITH(memory.as<int64_t>(12), "offset 12 in shared memory is not a multiple of 8, as the type needs");
  CHECK(&memory.as<char>(13) == reinterpret_cast<char*>(memory.bytes().data()) + 13);
}

TEST_CASE("of shared memory nothing has a name that could be left behind") {
  const NothingLeft nothing_left;
  const int pid = killed_after([] {
    static SharedMemory memory(1 << 20);
    memory.as<int>() = 1;
  });
  CHECK_FALSE(exists(pid));
  CHECK(run({"sh", "-c", "ls /dev/shm | grep -c mpr"}).out == "0\n");
}
