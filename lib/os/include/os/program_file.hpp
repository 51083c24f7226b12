// ProgramFile: what an executable file is, found out without running it.
//
//   const ProgramFile program = ProgramFile::open("/bin/ls");
//   program.format();                            // elf
//   program.interpreter();                       // "/lib64/ld-linux-x86-64.so.2"
//   program.imports("__libc_start_main");        // true
//   program.note("mpr", 1);                      // the bytes of such a note, if it has one
//
// Errors: open() throws std::system_error. What is in the file is anybody's: damage, and numbers that lead nowhere, are
//   answered as the absence of what was asked for, never by an error, and at a bounded cost.
// Limits: of ELF files only those of this machine's kind (class, byte order, architecture) are read further; of a
//   script's first line, what the kernel reads (BINPRM_BUF_SIZE).
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "unique_fd.hpp"

namespace mpr::os {

class ElfImage;

class ProgramFile {
 public:
  enum class Format : uint8_t {
    other,          ///< nothing that is known here
    script,         ///< begins with #!
    foreign_elf,    ///< of another kind of machine
    elf,            ///< a program of this machine
    elf_no_program  ///< an ELF file that is no program (an object file, a core dump)
  };

  [[nodiscard]] static ProgramFile open(const std::string& path);
  explicit ProgramFile(UniqueFd file);
  ProgramFile(ProgramFile&&) noexcept;
  ProgramFile& operator=(ProgramFile&&) noexcept;
  ~ProgramFile();

  [[nodiscard]] Format format() const { return format_; }
  /// A script's, from its first line without arguments; or an ELF program's dynamic linker, none when it is statically
  /// linked.
  [[nodiscard]] const std::string& interpreter() const { return interpreter_; }
  /// Runs with other rights than those of who starts it: set-user-ID, set-group-ID, capabilities.
  [[nodiscard]] bool changes_privileges() const;
  /// Whether the dynamic linker is to find this symbol elsewhere for it.
  [[nodiscard]] bool imports(std::string_view symbol) const;
  /// What the first note (PT_NOTE) of this owner and type holds.
  [[nodiscard]] std::optional<std::string> note(std::string_view owner, uint32_t type) const;

 private:
  UniqueFd file_;
  Format format_ = Format::other;
  std::string interpreter_;
  std::unique_ptr<ElfImage> image_;  // of a program of this machine
};

}  // namespace mpr::os
