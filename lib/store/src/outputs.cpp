#include "outputs.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <system_error>
#include <utility>
#include <vector>

#include "attempt_row.hpp"
#include "error.hpp"
#include "os/error.hpp"
#include "os/io.hpp"
#include "store_file.hpp"

namespace mpr::store {
namespace {

constexpr size_t kPieceBytes = 128UL * 1024;
constexpr const char* kCannotRecord = "cannot record results in";

bool is_plain_name(const std::string& name) {
  constexpr const char* kPlain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.";
  return !name.empty() && name.front() != '.' && name.find_first_not_of(kPlain) == std::string::npos;
}

StreamHash new_hash() {
  StreamHash hash{XXH3_createState()};
  XXH3_64bits_reset(hash.get());
  return hash;
}

void flush_directory(const std::string& path, const std::string& store) {
  const os::UniqueFd directory{::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (!directory || ::fsync(directory.get()) != 0) throw_system_error(kCannotRecord, store, errno);
}

}  // namespace

std::string outputs_directory(const std::string& store) {
  return store + ".outputs";
}

std::string outputs_directory(const std::string& store, const std::string& run_id) {
  if (!is_plain_name(run_id)) throw_damaged(store, "a run has an id that is none");
  return outputs_directory(store) + "/" + run_id;
}

std::string output_file(const std::string& run_directory, AttemptKey key, worker::Stream stream) {
  const int64_t sequence = key.value & ((int64_t{1} << kSequenceBits) - 1);
  return run_directory + "/" + std::to_string(sequence) + (stream == worker::Stream::out ? ".out" : ".err");
}

void OutputSink::add(std::span<const std::byte> bytes, const OutputPlace& place) {
  if (!file_ && text_.size() + bytes.size() <= kMostInRecord) {
    text_.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    return;
  }
  if (!file_) open_file(place);
  write_text(place);
  write(bytes, place);
}

/// What was in memory before there was a file; also once more, if that failed.
void OutputSink::write_text(const OutputPlace& place) {
  if (text_.empty()) return;
  write(std::as_bytes(std::span(text_)), place);
  text_.clear();
}

void OutputSink::open_file(const OutputPlace& place) {
  make_private_directory(outputs_directory(place.store), place.store);
  make_private_directory(place.run_directory, place.store);
  const std::string path = output_file(place.run_directory, place.key, place.stream);
  // One that is there was left by an mpr that died: no record tells of it.
  os::UniqueFd file{::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600)};
  if (!file || ::fchmod(file.get(), 0600) != 0) throw_system_error(kCannotRecord, place.store, errno);
  hash_ = new_hash();
  file_ = std::move(file);
}

void OutputSink::write(std::span<const std::byte> bytes, const OutputPlace& place) {
  try {
    os::write_at(file_, bytes, in_file_);
  } catch (const std::system_error& error) {
    throw_system_error(kCannotRecord, place.store, error.code().value());
  }
  XXH3_64bits_update(hash_.get(), bytes.data(), bytes.size());
  in_file_ += bytes.size();
}

void OutputSink::finish(const OutputPlace& place) {
  if (!file_) return;
  write_text(place);
  struct stat about {};
  if (::fstat(file_.get(), &about) == 0 && about.st_nlink == 0) throw_moved(place.store);
  if (place.durability == Durability::process) return;
  if (::fdatasync(file_.get()) != 0) throw_system_error(kCannotRecord, place.store, errno);
  flush_directory(place.run_directory, place.store);
}

Output OutputSink::take() {
  Output output;
  output.in_file = static_cast<bool>(file_);
  output.bytes = output.in_file ? in_file_ : text_.size();
  if (output.in_file) output.hash = XXH3_64bits_digest(hash_.get());
  output.text = std::exchange(text_, {});
  file_.reset();
  return output;
}

void OutputSink::discard(const OutputPlace& place) {
  if (file_) {
    file_.reset();
    ::unlink(output_file(place.run_directory, place.key, place.stream).c_str());
  }
  text_.clear();
}

bool read_output_file(const std::string& path, const Output& output, const Store::Consume& consume) {
  const os::UniqueFd file{::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC)};
  if (!file) return false;
  std::vector<std::byte> piece(kPieceBytes);
  const StreamHash hash = new_hash();
  uint64_t bytes = 0;
  while (bytes <= output.bytes) {
    const auto got = os::retry_eintr([&] { return ::read(file.get(), piece.data(), piece.size()); });
    if (got < 0) return false;
    if (got == 0) break;
    const auto part = std::span<const std::byte>(piece).first(static_cast<size_t>(got));
    XXH3_64bits_update(hash.get(), part.data(), part.size());
    bytes += part.size();
    consume(part);
  }
  return bytes == output.bytes && XXH3_64bits_digest(hash.get()) == output.hash;
}

}  // namespace mpr::store
