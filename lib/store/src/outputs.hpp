// What tasks print, kept in memory while it is little, and in a file beside the store from then on.
//
//   OutputSink sink;
//   sink.add(bytes, place);                     // place: where a file would be
//   sink.finish(place);
//   record.out = sink.take();
//
// Ownership: the sink owns its file until take(); without that, the file is of no use, and discard() removes it.
// Errors: StoreError; a call that failed for want of room can be repeated as it was.
#pragma once

#include <xxhash.h>

#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <string>

#include "os/unique_fd.hpp"
#include "store/records.hpp"
#include "store/store.hpp"

namespace mpr::store {

/// More than this is no longer kept in the record.
inline constexpr size_t kMostInRecord = 16UL * 1024;

/// Where the files of a store's runs are. A run's id comes from the file, and becomes a part of a path that is removed:
/// throws StoreError for one that is more than a plain name.
[[nodiscard]] std::string outputs_directory(const std::string& store);
[[nodiscard]] std::string outputs_directory(const std::string& store, const std::string& run_id);
[[nodiscard]] std::string output_file(const std::string& run_directory, AttemptKey key, worker::Stream stream);

struct OutputPlace {
  const std::string& store;
  const std::string& run_directory;
  AttemptKey key;
  worker::Stream stream;
  Durability durability;
};

struct FreeState {
  void operator()(XXH3_state_t* state) const { XXH3_freeState(state); }
};
using StreamHash = std::unique_ptr<XXH3_state_t, FreeState>;

class OutputSink {
 public:
  void add(std::span<const std::byte> bytes, const OutputPlace& place);
  /// The end of it: a file is whole now, and on the disk if it has to survive a power failure.
  void finish(const OutputPlace& place);
  /// After finish(): what it has become. The sink is empty then.
  [[nodiscard]] Output take();
  void discard(const OutputPlace& place);

 private:
  void open_file(const OutputPlace& place);
  void write_text(const OutputPlace& place);
  void write(std::span<const std::byte> bytes, const OutputPlace& place);
  std::string text_;
  os::UniqueFd file_;
  uint64_t in_file_ = 0;
  StreamHash hash_;
};

/// False when the file is not as it was written; part of it may have been given by then.
[[nodiscard]] bool read_output_file(const std::string& path, const Output& output, const Store::Consume& consume);

}  // namespace mpr::store
