#include "os/temporary_file.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdlib>

#include "os/error.hpp"
#include "os/io.hpp"

namespace mpr::os {
namespace {

constexpr std::string_view kProc = "/proc/";

/// As it was when keep_proc() was called.
UniqueFd& kept_proc() {
  static UniqueFd proc;
  return proc;
}

}  // namespace

std::string temporary_directory() {
  const char* named = std::getenv("TMPDIR");
  return named && *named ? named : "/tmp";
}

UniqueFd open_unlinked_file(const std::string& directory) {
  UniqueFd file{::open(directory.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600)};
  if (file) return file;
  if (errno != EOPNOTSUPP && errno != EISDIR) throw_errno("open");
  // Not every file system knows O_TMPFILE (NFS, older overlayfs).
  std::string path = directory + "/mpr-XXXXXX";
  file.reset(check(::mkostemp(path.data(), O_CLOEXEC), "mkostemp"));
  ::unlink(path.c_str());
  return file;
}

UniqueFd file_of(std::string_view bytes) {
  UniqueFd file{check(::memfd_create("mpr", MFD_CLOEXEC), "memfd_create")};
  write_at(file, std::as_bytes(std::span{bytes}), 0);
  return file;
}

std::string path_of(FdRef file) {
  return "/proc/" + std::to_string(::getpid()) + "/fd/" + std::to_string(file.get());
}

UniqueFd open_input(const std::string& path) {
  const bool there = kept_proc() && path.starts_with(kProc);
  const char* name = path.c_str() + (there ? kProc.size() : 0);
  return UniqueFd{check(retry_eintr([&] {
                          return ::openat(there ? kept_proc().get() : AT_FDCWD, name, O_RDONLY | O_CLOEXEC | O_NOCTTY);
                        }),
                        "open")};
}

void keep_proc() {
  kept_proc().reset(::open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC));
}

void punch_hole(FdRef file, size_t offset, size_t bytes) {
  (void)::fallocate(file.get(), FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, static_cast<off_t>(offset),
                    static_cast<off_t>(bytes));
}

}  // namespace mpr::os
