#include "store/identity.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <xxhash.h>

#include <algorithm>
#include <cstddef>
#include <memory>

#include "os/error.hpp"
#include "os/io.hpp"
#include "worker/wire.hpp"

namespace mpr::store {
namespace {

constexpr size_t kPieceBytes = 128UL * 1024;

/// Changes whenever what is hashed changes, so that a store never takes an identity of other rules for one of these.
constexpr uint8_t kRules = 1;

Identity identity_from(XXH128_hash_t hash) {
  return {hash.high64, hash.low64};
}

struct FreeState {
  void operator()(XXH3_state_t* state) const { XXH3_freeState(state); }
};

Identity digest_of_file(os::FdRef file) {
  const std::unique_ptr<XXH3_state_t, FreeState> state{XXH3_createState()};
  XXH3_128bits_reset(state.get());
  std::vector<std::byte> piece(kPieceBytes);
  for (os::IoResult got; (got = os::read_some(file, piece)).state == os::IoState::done;) {
    XXH3_128bits_update(state.get(), piece.data(), got.bytes);
  }
  return identity_from(XXH3_128bits_digest(state.get()));
}

}  // namespace

Identity identity_of(const TaskContent& content) {
  worker::WireWriter wire;
  wire.put(kRules).put(content.argv);
  if (std::is_sorted(content.environment.begin(), content.environment.end())) {
    wire.put(content.environment);
  } else {
    std::vector<std::string> sorted = content.environment;
    std::sort(sorted.begin(), sorted.end());
    wire.put(sorted);
  }
  wire.put(content.directory).put(content.input.has_value());
  if (content.input) wire.put(content.input->high).put(content.input->low);
  wire.put(content.output);
  return digest_of(wire.bytes());
}

Identity digest_of(std::span<const std::byte> bytes) {
  return identity_from(XXH3_128bits(bytes.data(), bytes.size()));
}

ContentDigests::Version ContentDigests::version_of(os::FdRef file) {
  struct stat about {};
  os::check(::fstat(file.get(), &about), "fstat");
  return {S_ISREG(about.st_mode), about.st_dev,         about.st_ino,
          about.st_size,          about.st_mtim.tv_sec, about.st_mtim.tv_nsec};
}

Identity ContentDigests::of(const std::string& path) {
  // Blocking: a pipe given by name (bash's <(...)) is read to its end like a file.
  const os::UniqueFd file{os::check(::open(path.c_str(), O_RDONLY | O_CLOEXEC), "open")};
  const Version before = version_of(file);
  const auto found = known_.find(before);
  if (found != known_.end()) return found->second;
  const Identity digest = digest_of_file(file);
  // Changed while it was read: what was read is a digest of something, but not of this version.
  if (before.regular && version_of(file) == before) known_.emplace(before, digest);
  return digest;
}

}  // namespace mpr::store
