#include "elf_image.hpp"

#include <algorithm>
#include <cstring>

namespace mpr::os {
namespace {

constexpr size_t kMostSegments = 1024;
constexpr size_t kMostPathBytes = 4096;
constexpr size_t kMostNoteBytes = 1024 * 1024;     // of a segment
constexpr size_t kMostDynamicBytes = 1024 * 1024;  // of the dynamic section
constexpr uint64_t kMostImports = 1024 * 1024;
constexpr size_t kSymbolsAtOnce = 1024;

#if defined(__x86_64__)
constexpr unsigned kMachine = EM_X86_64;
#elif defined(__aarch64__)
constexpr unsigned kMachine = EM_AARCH64;
#elif defined(__riscv)
constexpr unsigned kMachine = EM_RISCV;
#elif defined(__powerpc64__)
constexpr unsigned kMachine = EM_PPC64;
#elif defined(__s390x__)
constexpr unsigned kMachine = EM_S390;
#else
#error "which e_machine are this machine's programs of?"
#endif

constexpr unsigned char kClass = sizeof(void*) == 8 ? ELFCLASS64 : ELFCLASS32;
constexpr unsigned char kByteOrder = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? ELFDATA2LSB : ELFDATA2MSB;

/// Of the notes in a segment, the first of this owner and type.
std::optional<std::string> find_note(std::string_view notes, size_t alignment, std::string_view owner, uint32_t type) {
  const auto aligned = [&](size_t bytes) { return (bytes + alignment - 1) / alignment * alignment; };
  ElfW(Nhdr) note;
  while (notes.size() >= sizeof note) {
    std::memcpy(&note, notes.data(), sizeof note);
    notes.remove_prefix(sizeof note);
    const size_t name_bytes = note.n_namesz;
    const size_t content_bytes = note.n_descsz;
    // The name is padded so that the content is aligned, counted from the note's beginning.
    const size_t content = aligned(sizeof note + name_bytes) - sizeof note;
    if (content > notes.size() || content_bytes > notes.size() - content) return std::nullopt;
    const bool named = name_bytes == owner.size() + 1 && notes.starts_with(owner) && notes[owner.size()] == '\0';
    if (named && note.n_type == type) return std::string(notes.substr(content, content_bytes));
    notes.remove_prefix(std::min(notes.size(), aligned(content + content_bytes)));
  }
  return std::nullopt;
}

}  // namespace

std::optional<ElfImage> ElfImage::read(FdRef file) {
  Header header{};
  if (read_at(file, std::as_writable_bytes(std::span{&header, 1}), 0) != sizeof header) return std::nullopt;
  if (std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0 || header.e_ident[EI_CLASS] != kClass ||
      header.e_ident[EI_DATA] != kByteOrder || header.e_machine != kMachine || header.e_phentsize != sizeof(Segment)) {
    return std::nullopt;
  }
  ElfImage image{file, header};
  const std::string bytes =
      image.bytes_at(header.e_phoff, sizeof(Segment) * std::min<size_t>(header.e_phnum, kMostSegments));
  image.segments_.resize(bytes.size() / sizeof(Segment));
  // memcpy may not be given the null pointer of an empty vector.
  if (!image.segments_.empty())
    std::memcpy(image.segments_.data(), bytes.data(), image.segments_.size() * sizeof(Segment));
  return image;
}

std::string ElfImage::bytes_at(uint64_t offset, uint64_t bytes) const {
  std::string text;
  if (offset >= kMostOffset) return text;
  text.resize(bytes);
  text.resize(read_at(file_, std::as_writable_bytes(std::span{text}), offset));
  return text;
}

std::optional<uint64_t> ElfImage::offset_of(Address address) const {
  for (const Segment& segment : segments_) {
    if (segment.p_type != PT_LOAD || address < segment.p_vaddr) continue;
    const uint64_t into = address - segment.p_vaddr;
    if (into < segment.p_filesz && segment.p_offset < kMostOffset && into < kMostOffset) return segment.p_offset + into;
  }
  return std::nullopt;
}

std::string ElfImage::interpreter() const {
  for (const Segment& segment : segments_) {
    if (segment.p_type != PT_INTERP) continue;
    std::string path = bytes_at(segment.p_offset, std::min<uint64_t>(segment.p_filesz, kMostPathBytes));
    path.resize(std::min(path.find('\0'), path.size()));
    return path;
  }
  return {};
}

std::optional<std::string> ElfImage::note(std::string_view owner, uint32_t type) const {
  for (const Segment& segment : segments_) {
    if (segment.p_type != PT_NOTE) continue;
    const std::string notes = bytes_at(segment.p_offset, std::min<uint64_t>(segment.p_filesz, kMostNoteBytes));
    // The linker's practice: 4, but in segments that say 8.
    if (auto found = find_note(notes, segment.p_align == 8 ? 8 : 4, owner, type)) return found;
  }
  return std::nullopt;
}

ElfImage::Symbols ElfImage::symbols() const {
  Symbols symbols;
  for (const Segment& segment : segments_) {
    if (segment.p_type != PT_DYNAMIC) continue;
    const std::string section = bytes_at(segment.p_offset, std::min<uint64_t>(segment.p_filesz, kMostDynamicBytes));
    ElfW(Dyn) entry;
    for (size_t at = 0; at + sizeof entry <= section.size(); at += sizeof entry) {
      std::memcpy(&entry, section.data() + at, sizeof entry);
      if (entry.d_tag == DT_NULL) break;
      if (entry.d_tag == DT_SYMTAB) symbols.table = entry.d_un.d_ptr;
      if (entry.d_tag == DT_STRTAB) symbols.names = entry.d_un.d_ptr;
      if (entry.d_tag == DT_STRSZ) symbols.names_bytes = entry.d_un.d_val;
      if (entry.d_tag == DT_HASH) symbols.hash = entry.d_un.d_ptr;
      if (entry.d_tag == DT_GNU_HASH) symbols.gnu_hash = entry.d_un.d_ptr;
    }
  }
  return symbols;
}

/// How many symbols there are up to the last that is imported, or more. DT_HASH has all. DT_GNU_HASH begins behind
/// those that are imported, but where it is empty, it does not say where that is; then as well as nearly always, the
/// symbols are followed by their names.
uint64_t ElfImage::count_imports(const Symbols& symbols) const {
  struct {
    uint32_t first;
    uint32_t second;  // "symoffset" of one, "nchain" of the other
  } table{};
  const bool gnu = symbols.gnu_hash != 0;
  const auto offset = offset_of(gnu ? symbols.gnu_hash : symbols.hash);
  uint64_t count = offset && read_value(*offset, table) ? table.second : 0;
  if (symbols.names > symbols.table) count = std::max(count, (symbols.names - symbols.table) / sizeof(ElfW(Sym)));
  return std::min(count, kMostImports);
}

bool ElfImage::imports(std::string_view symbol) const {
  using Symbol = ElfW(Sym);
  const Symbols found = symbols();
  const auto table = offset_of(found.table);
  const auto names = offset_of(found.names);
  if (!table || !names) return false;
  const uint64_t count = count_imports(found);
  for (uint64_t first = 0; first < count; first += kSymbolsAtOnce) {
    const uint64_t wanted = std::min<uint64_t>(count - first, kSymbolsAtOnce);
    const std::string piece = bytes_at(*table + first * sizeof(Symbol), wanted * sizeof(Symbol));
    for (size_t at = 0; at + sizeof(Symbol) <= piece.size(); at += sizeof(Symbol)) {
      Symbol each;
      std::memcpy(&each, piece.data() + at, sizeof each);
      if (each.st_shndx != SHN_UNDEF || each.st_name == 0 || each.st_name >= found.names_bytes) continue;
      const std::string name = bytes_at(*names + each.st_name, symbol.size() + 1);
      if (name.size() == symbol.size() + 1 && name.starts_with(symbol) && name.back() == '\0') return true;
    }
    if (piece.size() < wanted * sizeof(Symbol)) return false;
  }
  return false;
}

}  // namespace mpr::os
