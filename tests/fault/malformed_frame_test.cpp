// What comes from a worker is not believed to be well formed, though it is a part of the same program: bytes that are
// no frame end the run, or the pool, with a clear word, and nothing is left.
#include <fcntl.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>

#include <catch2/catch.hpp>

#include "mpr/pool.hpp"
#include "support/mpr_command.hpp"
#include "support/process_table.hpp"

using namespace mpr::test;

namespace {

/// The process's descriptors of pipes with that access, but for its standard streams: their paths, by the pipes' names.
std::map<std::string, std::string> pipes_of(pid_t pid, unsigned access) {
  std::map<std::string, std::string> pipes;
  const std::string process = "/proc/" + std::to_string(pid);
  for (const auto& entry : std::filesystem::directory_iterator(process + "/fd")) {
    const std::string number = entry.path().filename();
    std::error_code gone;  // the directory was itself open just now
    const std::string target = read_symlink(entry.path(), gone);
    if (gone || std::stoi(number) <= 2 || !target.starts_with("pipe:")) continue;
    std::ifstream info(process + "/fdinfo/" + number);
    std::string word;
    while (info >> word && word != "flags:") {
    }
    unsigned flags = 0;
    info >> std::oct >> flags;
    if ((flags & O_ACCMODE) == access) pipes[target] = entry.path();
  }
  return pipes;
}

/// As if the one had sent it to the other: a length, and so many bytes.
void send_as(pid_t pid, pid_t reader, const std::string& bytes) {
  auto pipes = pipes_of(pid, O_WRONLY);
  const auto read = pipes_of(reader, O_RDONLY);
  std::erase_if(pipes, [&](const auto& pipe) { return read.count(pipe.first) == 0; });
  REQUIRE(pipes.size() == 1);
  const int fd = ::open(pipes.begin()->second.c_str(), O_WRONLY | O_CLOEXEC);
  REQUIRE(fd >= 0);
  const auto length = static_cast<uint32_t>(bytes.size());
  std::string frame(sizeof length, '\0');
  std::memcpy(frame.data(), &length, sizeof length);
  frame += bytes;
  CHECK(::write(fd, frame.data(), frame.size()) == static_cast<ssize_t>(frame.size()));
  ::close(fd);
}

void check_run_ends(const std::string& frame, const std::string& said) {
  RunningMpr mpr({"map", "-j1", "sh", "-c", "echo begun >&2; exec sleep 1000", "--inputs", "1"});
  const auto workers = [&] { return children_of(mpr->pid()); };
  REQUIRE(wait_until([&] { return workers().size() == 1 && children_of(workers().front()).size() == 1; }));
  send_as(workers().front(), mpr->pid(), frame);
  const Result result = mpr->wait();
  INFO(result);
  CHECK(result.exit_status == 125);
  CHECK_THAT(result.err, Catch::Contains("mpr: error: internal error: " + said));
}

}  // namespace

TEST_CASE("a worker's frame that is no frame ends the run with status 125 and a word about which worker") {
  const std::string said = "worker 1 has sent what is no result: a frame is cut off or malformed\n";
  check_run_ends("", said);
  check_run_ends("\x63", said);                                       // of no kind that there is
  check_run_ends(std::string(5, 4), said);                            // cut off
  check_run_ends(std::string("\x06") + std::string(13, '\0'), said);  // too long
}

TEST_CASE("a worker's word of a task that there is not ends the run with status 125") {
  check_run_ends(std::string("\x06") + std::string(8, '\x01') + std::string(4, '\0'), "");
}

TEST_CASE("a frame of a pool's worker that is cut off closes the pool, and its callers are told") {
  mpr::Pool pool(1);
  const int worker = pool.apply([] { return ::getpid(); });
  auto pending = pool.apply_async([] { ::pause(); });
  send_as(worker, ::getpid(), "abc");
  CHECK_THROWS_WITH(pending.get(), Catch::Contains("a frame of a pool is cut off"));
}
