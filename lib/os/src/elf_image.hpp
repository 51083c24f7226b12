// ElfImage: the parts of an ELF file of this machine's kind that can be told from its program headers. Trusts no number
// in the file.
#pragma once

#include <elf.h>
#include <link.h>

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "os/io.hpp"
#include "os/unique_fd.hpp"

namespace mpr::os {

class ElfImage {
 public:
  using Header = ElfW(Ehdr);
  using Segment = ElfW(Phdr);

  /// Nothing when it is not of this machine's kind.
  [[nodiscard]] static std::optional<ElfImage> read(FdRef file);

  [[nodiscard]] unsigned type() const { return header_.e_type; }
  /// Of PT_INTERP: the dynamic linker.
  [[nodiscard]] std::string interpreter() const;
  [[nodiscard]] bool imports(std::string_view symbol) const;
  [[nodiscard]] std::optional<std::string> note(std::string_view owner, uint32_t type) const;

 private:
  using Address = ElfW(Addr);
  /// What the dynamic section says of the symbols: addresses.
  struct Symbols {
    Address table = 0;
    Address names = 0;
    size_t names_bytes = 0;
    Address hash = 0;      // DT_HASH
    Address gnu_hash = 0;  // DT_GNU_HASH
  };

  ElfImage(FdRef file, const Header& header) : file_(file), header_(header) {}

  /// Up to `bytes` from `offset`: fewer where the file ends.
  [[nodiscard]] std::string bytes_at(uint64_t offset, uint64_t bytes) const;
  template <class Value>
  [[nodiscard]] bool read_value(uint64_t offset, Value& value) const {
    static_assert(std::is_trivially_copyable_v<Value>);
    return offset < kMostOffset && read_at(file_, std::as_writable_bytes(std::span{&value, 1}), offset) == sizeof value;
  }
  [[nodiscard]] std::optional<uint64_t> offset_of(Address address) const;
  [[nodiscard]] Symbols symbols() const;
  [[nodiscard]] uint64_t count_imports(const Symbols& symbols) const;

  static constexpr uint64_t kMostOffset = uint64_t{1} << 62;

  FdRef file_;
  Header header_;
  std::vector<Segment> segments_;
};

}  // namespace mpr::os
