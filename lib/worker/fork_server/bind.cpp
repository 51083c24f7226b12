#include "bind.hpp"

#include <dlfcn.h>
#include <elf.h>
#include <link.h>
#include <stdlib.h>
#include <string.h>

#include <cstdint>

namespace mpr::fork_server {
namespace {

#if defined(__x86_64__)
constexpr unsigned kJumpSlot = R_X86_64_JUMP_SLOT;
#elif defined(__aarch64__)
constexpr unsigned kJumpSlot = R_AARCH64_JUMP_SLOT;
#else
constexpr unsigned kJumpSlot = ~0U;  // none: all stays to be bound later
#endif

/// What the dynamic section of one loaded file says.
struct Object {
  const dl_phdr_info* info = nullptr;
  const ElfW(Rela) * relocations = nullptr;
  size_t relocation_bytes = 0;
  const ElfW(Sym) * symbols = nullptr;
  const char* names = nullptr;
  const ElfW(Half) * versions = nullptr;  // of each symbol
  const char* needed = nullptr;           // versions of other files' symbols
  const char* defined = nullptr;          // versions of its own
  bool lazy = true;
};

Object object_of(const dl_phdr_info& info, const ElfW(Dyn) * entry) {
  Object object;
  object.info = &info;
  bool with_addends = false;
  for (; entry->d_tag != DT_NULL; ++entry) {
    const auto value = entry->d_un.d_val;
    const auto* const place =
        reinterpret_cast<const char*>(entry->d_un.d_ptr);  // made absolute by glibc, but for those below
    switch (entry->d_tag) {
      case DT_JMPREL:
        object.relocations = reinterpret_cast<const ElfW(Rela)*>(place);
        break;
      case DT_PLTRELSZ:
        object.relocation_bytes = value;
        break;
      case DT_PLTREL:
        with_addends = value == DT_RELA;
        break;
      case DT_SYMTAB:
        object.symbols = reinterpret_cast<const ElfW(Sym)*>(place);
        break;
      case DT_STRTAB:
        object.names = place;
        break;
      case DT_VERSYM:
        object.versions = reinterpret_cast<const ElfW(Half)*>(place);
        break;
      case DT_VERNEED:
        object.needed = place + info.dlpi_addr;
        break;
      case DT_VERDEF:
        object.defined = place + info.dlpi_addr;
        break;
      case DT_SYMBOLIC:  // it looks in itself first
      case DT_BIND_NOW:
        object.lazy = false;
        break;
      case DT_FLAGS:
        if ((value & (DF_SYMBOLIC | DF_BIND_NOW)) != 0) object.lazy = false;
        break;
      case DT_FLAGS_1:
        if ((value & DF_1_NOW) != 0) object.lazy = false;
        break;
      default:
        break;
    }
  }
  if (!with_addends || object.relocations == nullptr || object.symbols == nullptr || object.names == nullptr) {
    object.lazy = false;
  }
  return object;
}

const char* needed_version(const Object& object, unsigned index) {
  for (const char* file = object.needed; file != nullptr;) {
    const auto* const need = reinterpret_cast<const ElfW(Verneed)*>(file);
    const char* version = file + need->vn_aux;
    for (unsigned left = need->vn_cnt; left > 0; --left) {
      const auto* const each = reinterpret_cast<const ElfW(Vernaux)*>(version);
      if ((each->vna_other & 0x7fffU) == index) return object.names + each->vna_name;
      version += each->vna_next;
    }
    file = need->vn_next != 0 ? file + need->vn_next : nullptr;
  }
  return nullptr;
}

const char* defined_version(const Object& object, unsigned index) {
  for (const char* version = object.defined; version != nullptr;) {
    const auto* const each = reinterpret_cast<const ElfW(Verdef)*>(version);
    if ((each->vd_ndx & 0x7fffU) == index) {
      return object.names + reinterpret_cast<const ElfW(Verdaux)*>(version + each->vd_aux)->vda_name;
    }
    version = each->vd_next != 0 ? version + each->vd_next : nullptr;
  }
  return nullptr;
}

/// Whether an address lies in a part of the file that has all of these rights, and is not locked (PT_GNU_RELRO).
bool lies_in(const Object& object, uintptr_t address, ElfW(Word) rights) {
  bool in = false;
  for (unsigned i = 0; i < object.info->dlpi_phnum; ++i) {
    const ElfW(Phdr)& segment = object.info->dlpi_phdr[i];
    const uintptr_t begin = object.info->dlpi_addr + segment.p_vaddr;
    if (address < begin || address - begin >= segment.p_memsz) continue;
    if (segment.p_type == PT_GNU_RELRO) return false;
    if (segment.p_type == PT_LOAD && (segment.p_flags & rights) == rights) in = true;
  }
  return in;
}

/// Whether the file that has an address gives its symbols versions.
struct Versions {
  uintptr_t address;
  bool known = false;
  bool given = false;
};

int look_for_versions(dl_phdr_info* info, size_t, void* data) {
  auto& versions = *static_cast<Versions*>(data);
  const ElfW(Dyn)* dynamic = nullptr;
  for (unsigned i = 0; i < info->dlpi_phnum; ++i) {
    const ElfW(Phdr)& segment = info->dlpi_phdr[i];
    const uintptr_t begin = info->dlpi_addr + segment.p_vaddr;
    if (segment.p_type == PT_DYNAMIC) dynamic = reinterpret_cast<const ElfW(Dyn)*>(begin);
    if (segment.p_type == PT_LOAD && versions.address - begin < segment.p_memsz) versions.known = true;
  }
  if (!versions.known) return 0;
  for (; dynamic != nullptr && dynamic->d_tag != DT_NULL; ++dynamic) {
    if (dynamic->d_tag == DT_VERDEF) versions.given = true;
  }
  return 1;
}

bool has_no_versions(void* found) {
  Versions versions{reinterpret_cast<uintptr_t>(found)};
  dl_iterate_phdr(look_for_versions, &versions);
  return versions.known && !versions.given;
}

/// What the dynamic linker would find for a symbol that this file calls. Null: nothing, or it cannot be told.
void* find(const Object& object, size_t index) {
  const ElfW(Sym)& symbol = object.symbols[index];
  const unsigned binding = ELF64_ST_BIND(symbol.st_info);
  if ((binding != STB_GLOBAL && binding != STB_WEAK) || ELF64_ST_VISIBILITY(symbol.st_other) != STV_DEFAULT) {
    return nullptr;
  }
  const char* const name = object.names + symbol.st_name;
  void* const found = dlsym(RTLD_DEFAULT, name);
  const unsigned version = object.versions != nullptr ? object.versions[index] & 0x7fffU : VER_NDX_GLOBAL;
  // Of several versions, dlsym takes the newest, and the dynamic linker, for a call that names none, the oldest.
  if (version == VER_NDX_GLOBAL) return found != nullptr && has_no_versions(found) ? found : nullptr;
  const char* text = needed_version(object, version);
  if (text == nullptr) text = defined_version(object, version);
  // A symbol without a version, of the program itself say, serves a call of any version, but not dlvsym.
  return text != nullptr && dlvsym(RTLD_DEFAULT, name, text) == found ? found : nullptr;
}

void bind(const Object& object) {
  const size_t count = object.relocation_bytes / sizeof(ElfW(Rela));
  for (size_t i = 0; i < count; ++i) {
    const ElfW(Rela)& relocation = object.relocations[i];
    const uintptr_t place = object.info->dlpi_addr + relocation.r_offset;
    if (ELF64_R_TYPE(relocation.r_info) != kJumpSlot || !lies_in(object, place, PF_W)) continue;
    auto* const slot = reinterpret_cast<uintptr_t*>(place);
    // Before it is bound, a slot leads back into its own file, to what binds it.
    if (!lies_in(object, *slot, PF_X)) continue;
    const size_t index = ELF64_R_SYM(relocation.r_info);
    const auto found = reinterpret_cast<uintptr_t>(find(object, index));
    if (found == 0) continue;
    // For programs at fixed addresses, dlsym answers with what stands for the function in them, not with the function.
    if (object.symbols[index].st_shndx == SHN_UNDEF && lies_in(object, found, PF_X)) continue;
    *slot = found;
  }
}

int visit(dl_phdr_info* info, size_t, void*) {
  for (unsigned i = 0; i < info->dlpi_phnum; ++i) {
    if (info->dlpi_phdr[i].p_type != PT_DYNAMIC) continue;
    const auto* const dynamic = reinterpret_cast<const ElfW(Dyn)*>(info->dlpi_addr + info->dlpi_phdr[i].p_vaddr);
    const Object object = object_of(*info, dynamic);
    if (object.lazy) bind(object);
  }
  return 0;
}

}  // namespace

void bind_ahead() {
  // Those who watch calls do so when they are bound.
  if (kJumpSlot == ~0U || getenv("LD_AUDIT") != nullptr || getenv("LD_PROFILE") != nullptr) return;
  dl_iterate_phdr(visit, nullptr);
  // What was not found is not the program's error.
  dlerror();
}

}  // namespace mpr::fork_server
