#include "os/children_list.hpp"

#include <fcntl.h>
#include <unistd.h>

#include "os/error.hpp"
#include "proc_numbers.hpp"

namespace mpr::os {
namespace {

// A few children; a longer list is not one of the cases that must be cheap.
constexpr size_t kBytes = 256;

}  // namespace

ChildrenList::ChildrenList() : text_(kBytes, '\0') {
  if (!proc_has_our_numbers()) return;
  const std::string self = std::to_string(::getpid());
  file_.reset(::open(("/proc/" + self + "/task/" + self + "/children").c_str(), O_RDONLY | O_CLOEXEC));
}

std::optional<std::string_view> ChildrenList::read() {
  if (!file_) return std::nullopt;
  // From the beginning: the kernel makes the list anew.
  const ssize_t got = retry_eintr([&] { return ::pread(file_.get(), text_.data(), text_.size(), 0); });
  if (got < 0 || static_cast<size_t>(got) == text_.size()) return std::nullopt;  // there may be more
  return std::string_view(text_).substr(0, static_cast<size_t>(got));
}

}  // namespace mpr::os
