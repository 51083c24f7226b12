#include "os/poller.hpp"

#include "os/error.hpp"

namespace mpr::os {

Poller::Poller() : epoll_(check(::epoll_create1(EPOLL_CLOEXEC), "epoll_create1")) {}

bool Poller::watch(FdRef fd, uint32_t interest, uint64_t token) {
  epoll_event event{};
  event.events = interest;
  event.data.u64 = token;
  if (::epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, fd.get(), &event) == 0) return true;
  if (errno == ENOENT && ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd.get(), &event) == 0) return true;
  if (errno == EPERM) return false;
  throw_errno("epoll_ctl");
}

void Poller::forget(FdRef fd) {
  ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd.get(), nullptr);
}

std::span<const Poller::Event> Poller::wait(Time deadline) {
  events_.clear();
  int count = 0;
  do {
    const int timeout = poll_milliseconds(deadline, Clock::now());
    count = ::epoll_wait(epoll_.get(), raw_.data(), static_cast<int>(raw_.size()), timeout);
  } while (count < 0 && errno == EINTR);
  check(count, "epoll_wait");
  for (const epoll_event& event : std::span{raw_}.first(static_cast<size_t>(count))) {
    const bool over = (event.events & (EPOLLHUP | EPOLLERR)) != 0;
    events_.push_back({event.data.u64, over || (event.events & EPOLLIN) != 0, over || (event.events & EPOLLOUT) != 0});
  }
  return events_;
}

}  // namespace mpr::os
