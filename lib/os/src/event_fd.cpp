#include "os/event_fd.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cstdint>

#include "os/error.hpp"

namespace mpr::os {

EventFd::EventFd() : fd_(check(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), "eventfd")) {}

void EventFd::signal() const {
  const uint64_t one = 1;
  // EAGAIN: it is readable, and could not be more so.
  (void)retry_eintr([&] { return ::write(fd_.get(), &one, sizeof one); });
}

void EventFd::clear() const {
  uint64_t count = 0;
  (void)retry_eintr([&] { return ::read(fd_.get(), &count, sizeof count); });
}

}  // namespace mpr::os
