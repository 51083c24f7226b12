#include "manifest/line_reader.hpp"

#include <span>
#include <system_error>
#include <utility>

#include "manifest/error.hpp"
#include "os/io.hpp"
#include "os/poll_set.hpp"

namespace mpr::manifest {
namespace {

constexpr size_t kChunk = size_t{64} << 10U;

[[noreturn]] void cannot_read(const std::string& name, const std::error_code& why) {
  throw Error("cannot read " + name + ": " + why.message());
}

template <class Call>
auto or_cannot_read(const std::string& name, Call call) {
  try {
    return call();
  } catch (const std::system_error& error) {
    cannot_read(name, error.code());
  }
}

void refuse_directory(os::FdRef fd, const std::string& name) {
  if (or_cannot_read(name, [&] { return os::is_directory(fd); })) {
    cannot_read(name, std::make_error_code(std::errc::is_a_directory));
  }
}

}  // namespace

LineReader LineReader::file(const std::string& path, char separator) {
  const std::string name = "'" + path + "'";
  os::UniqueFd owned = or_cannot_read(name, [&] { return os::open_for_reading(path); });
  refuse_directory(owned, name);
  const os::FdRef fd = owned;
  return {std::move(owned), fd, name, separator};
}

LineReader LineReader::standard_input(os::FdRef fd, char separator) {
  const std::string name = "standard input";
  refuse_directory(fd, name);
  return {os::UniqueFd{}, fd, name, separator};
}

LineReader::LineReader(os::UniqueFd owned, os::FdRef fd, std::string name, char separator)
    : owned_(std::move(owned)), fd_(fd), name_(std::move(name)), separator_(separator) {}

Step LineReader::next(std::string& line) {
  while (!take_line(line)) {
    if (ended_) return Step::end;
    if (!fill()) return Step::wait;
  }
  return Step::value;
}

bool LineReader::take_line(std::string& line) {
  size_t end = buffer_.find(separator_, scanned_);
  const bool found = end != std::string::npos;
  if (!found) end = scanned_ = buffer_.size();
  const size_t size = end - begin_;
  if (!found && (!ended_ || size == 0)) {
    check(size, false);
    return false;
  }
  const std::string_view text(buffer_.data() + begin_, size);
  check(size, separator_ != '\0' && text.find('\0') != std::string_view::npos);
  line.assign(text);
  ++lines_;
  begin_ = scanned_ = found ? end + 1 : end;
  return true;
}

void LineReader::check(size_t size, bool has_nul) const {
  if (size <= kLongestLine && !has_nul) return;
  const std::string where = "line " + std::to_string(lines_ + 1) + " of " + name_;
  if (size > kLongestLine) throw Error(where + " is longer than 16 MiB");
  throw Error(where + " holds a NUL byte", "use -0 for values that are separated by NUL");
}

bool LineReader::fill() {
  if (!os::readable_now(fd_)) return false;
  buffer_.erase(0, begin_);
  begin_ = 0;
  scanned_ = buffer_.size();
  buffer_.resize(scanned_ + kChunk);
  const os::IoResult result = or_cannot_read(
      name_, [&] { return os::read_some(fd_, std::as_writable_bytes(std::span(buffer_).subspan(scanned_))); });
  buffer_.resize(scanned_ + result.bytes);
  if (result.state == os::IoState::closed) {
    ended_ = true;
    owned_.reset();
  }
  return result.state != os::IoState::would_block;
}

}  // namespace mpr::manifest
