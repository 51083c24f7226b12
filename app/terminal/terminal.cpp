#include "terminal/terminal.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <charconv>
#include <cstdlib>
#include <string_view>

namespace mpr::app {
namespace {

constexpr unsigned kUsualWidth = 80;

unsigned width_from_environment() {
  const char* columns = std::getenv("COLUMNS");
  if (columns == nullptr) return kUsualWidth;
  const std::string_view text = columns;
  unsigned width = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), width);
  const bool is_number = error == std::errc{} && end == text.data() + text.size();
  return is_number && width > 0 ? width : kUsualWidth;
}

}  // namespace

bool is_terminal(os::FdRef fd) {
  return ::isatty(fd.get()) == 1;
}

unsigned terminal_width(os::FdRef fd) {
  winsize size{};
  // A terminal that nobody has told its size says 0.
  if (::ioctl(fd.get(), TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  return width_from_environment();
}

}  // namespace mpr::app
