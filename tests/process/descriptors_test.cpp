#include "os/descriptors.hpp"

#include <fcntl.h>
#include <sys/resource.h>

#include "os/limits.hpp"
#include "os/pipe.hpp"
#include "os/temporary_file.hpp"
#include "support/process_support.hpp"
#include "support/temp_dir.hpp"

using namespace mpr::os;
using namespace mpr::test;

namespace {

bool open_fd(int fd) {
  return ::fcntl(fd, F_GETFD) >= 0;
}
bool close_on_exec(FdRef fd) {
  return (::fcntl(fd.get(), F_GETFD) & FD_CLOEXEC) != 0;
}

}  // namespace

TEST_CASE("standard descriptors that are closed are opened, and others left alone") {
  CHECK(in_child([] {
          const UniqueFd file{::open("/dev/zero", O_RDWR | O_CLOEXEC)};
          ::dup2(file.get(), 1);
          ::close(0);
          ::close(2);
          ensure_standard_descriptors();
          std::string text;
          for (const int fd : {0, 1, 2}) {
            text += std::filesystem::read_symlink("/proc/self/fd/" + std::to_string(fd)).string() + " ";
            if (close_on_exec(FdRef{fd})) text += "(not inherited) ";
          }
          return text;
        }) == "/dev/null /dev/zero /dev/null ");
}

TEST_CASE("what exec would close is closed, but for what is kept") {
  CHECK(in_child([] {
          const Pipe kept = make_pipe();
          const Pipe closed = make_pipe();
          const int inherited = ::dup(kept.reader.get());
          const FdRef answer{kAnswerFd};
          close_as_exec_would({kept.reader, kept.writer, answer});
          std::string text;
          for (const int fd : {0, 1, 2, inherited, kept.reader.get(), kept.writer.get()})
            text += open_fd(fd) ? "o" : "-";
          for (const FdRef fd : {FdRef{closed.reader}, FdRef{closed.writer}}) text += open_fd(fd.get()) ? "o" : "-";
          return text;
        }) == "oooooo--");
}

TEST_CASE("what exec would close is closed without a descriptor to spare, too") {
  CHECK(in_child([] {
          const Pipe kept = make_pipe();
          const Pipe closed = make_pipe();
          rlimit few{};
          ::getrlimit(RLIMIT_NOFILE, &few);
          few.rlim_cur = 3;  // below those that are open
          ::setrlimit(RLIMIT_NOFILE, &few);
          close_as_exec_would({kept.reader, kept.writer, FdRef{kAnswerFd}});
          std::string text;
          for (const int fd : {0, 1, 2, kept.reader.get(), kept.writer.get()}) text += open_fd(fd) ? "o" : "-";
          for (const FdRef fd : {FdRef{closed.reader}, FdRef{closed.writer}}) text += open_fd(fd.get()) ? "o" : "-";
          return text;
        }) == "ooooo--");
}

TEST_CASE("a standard descriptor is redirected to a copy that programs inherit") {
  CHECK(in_child([] {
          const UniqueFd null = open_null();
          redirect(kStdout, null);
          return std::string(close_on_exec(null) ? "" : "null is inherited, ") +
                 (close_on_exec(kStdout) ? "stdout is not inherited" : "inherited");
        }) == "inherited");
}

TEST_CASE("pipes are close-on-exec and blocking from birth") {
  const NothingLeft nothing_left;
  const Pipe pipe = make_pipe();
  for (const FdRef end : {FdRef{pipe.reader}, FdRef{pipe.writer}}) {
    CHECK(close_on_exec(end));
    CHECK((::fcntl(end.get(), F_GETFL) & O_NONBLOCK) == 0);
  }
}

#ifndef __SANITIZE_ADDRESS__  // which needs descriptors itself to tell whether an exception is one
TEST_CASE("no pipe is to be had when descriptors have run out, and none is lost") {
  CHECK(in_child([] {
          const rlimit few{3, 3};
          ::setrlimit(RLIMIT_NOFILE, &few);
          try {
            const Pipe pipe = make_pipe();
            return std::string("made");
          } catch (const std::system_error& error) {
            return std::string(error.what());
          }
        }) == "pipe2: Too many open files");
}
#endif

TEST_CASE("an owned descriptor is closed once, by whom it was moved to last") {
  const NothingLeft nothing_left;
  Pipe pipe = make_pipe();
  const int number = pipe.reader.get();
  UniqueFd other = std::move(pipe.reader);
  CHECK_FALSE(pipe.reader);
  CHECK(other.get() == number);
  other = UniqueFd{};
  CHECK_FALSE(open_fd(number));
  UniqueFd& itself = pipe.writer;
  pipe.writer = std::move(itself);
  CHECK(pipe.writer);
  const UniqueFd released{pipe.writer.release()};
  CHECK_FALSE(pipe.writer);
}

TEST_CASE("closing leaves errno as it was") {
  UniqueFd bad{999};
  errno = ENOENT;
  bad.reset();
  CHECK(errno == ENOENT);
}

TEST_CASE("a temporary file has no name, and its space can be given back") {
  const NothingLeft nothing_left;
  const TempDir dir;
  const UniqueFd file = open_unlinked_file(dir.path());
  CHECK(dir.names().empty());
  CHECK(close_on_exec(file));
  CHECK_THROWS_AS(open_unlinked_file("/no/such/directory"), std::system_error);
}

TEST_CASE("the limit of open files is raised as far as it goes, and known from before") {
  CHECK(in_child([] {
          rlimit now{};
          ::getrlimit(RLIMIT_NOFILE, &now);
          now.rlim_cur = 50;
          ::setrlimit(RLIMIT_NOFILE, &now);
          const rlimit before = raise_open_files_limit();
          ::getrlimit(RLIMIT_NOFILE, &now);
          return std::to_string(before.rlim_cur) + (now.rlim_cur == now.rlim_max ? " raised" : " not raised");
        }) == "50 raised");
}
