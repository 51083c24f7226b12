/* For LD_PRELOAD: a disk that fails, and a wall clock that jumps.
 *
 *   FAILING_DISK="pwrite 3 5 runs.db-wal"   from the third on, each pwrite to a file whose name ends so fails: errno 5
 *   FAILING_DISK="pwrite 3 28 runs.db-wal 2"  only two of them
 *   FAILING_DISK="sync 1 5 runs.db"         the same of fsync and fdatasync
 *   CLOCK_JUMPS="-86400 20"                 from the 20th look at it on, the wall clock is a day slow
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static int name_ends_in(int fd, const char* end) {
  char link[64], name[4096];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  const ssize_t length = readlink(link, name, sizeof name - 1);
  if (length < 0) return 0;
  name[length] = 0;
  const size_t tail = strlen(end);
  return (size_t)length >= tail && strcmp(name + (size_t)length - tail, end) == 0;
}

static int fails(const char* call, int fd) {
  static int calls;
  const char* rule = getenv("FAILING_DISK");
  char which[16], end[256];
  int first = 0, error = 0, times = 1 << 30;
  if (!rule || sscanf(rule, "%15s %d %d %255s %d", which, &first, &error, end, &times) < 4) return 0;
  if (strcmp(which, call) != 0 || !name_ends_in(fd, end)) return 0;
  ++calls;
  if (calls < first || calls - first >= times) return 0;
  errno = error;
  return 1;
}

/* C has no other way to make a function of what dlsym answers. */
#define REAL(type, name) \
  type* real;            \
  *(void**)&real = dlsym(RTLD_NEXT, name)

typedef int Sync(int);
typedef ssize_t Pwrite(int, const void*, size_t, off_t);
typedef int ClockGettime(clockid_t, struct timespec*);

int fsync(int fd) {
  REAL(Sync, "fsync");
  return fails("sync", fd) ? -1 : real(fd);
}

int fdatasync(int fd) {
  REAL(Sync, "fdatasync");
  return fails("sync", fd) ? -1 : real(fd);
}

ssize_t pwrite(int fd, const void* from, size_t bytes, off_t at) {
  REAL(Pwrite, "pwrite");
  return fails("pwrite", fd) ? -1 : real(fd, from, bytes, at);
}

ssize_t pwrite64(int fd, const void* from, size_t bytes, off64_t at) {
  REAL(Pwrite, "pwrite64");
  return fails("pwrite", fd) ? -1 : real(fd, from, bytes, at);
}

static long clock_offset(void) {
  static long looks;
  const char* rule = getenv("CLOCK_JUMPS");
  long seconds = 0, first = 0;
  if (!rule || sscanf(rule, "%ld %ld", &seconds, &first) != 2) return 0;
  return ++looks < first ? 0 : seconds;
}

int clock_gettime(clockid_t clock, struct timespec* into) {
  REAL(ClockGettime, "clock_gettime");
  const int status = real(clock, into);
  if (status == 0 && clock == CLOCK_REALTIME) into->tv_sec += clock_offset();
  return status;
}

time_t time(time_t* into) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  if (into) *into = now.tv_sec;
  return now.tv_sec;
}
