// An executable file, of whatever bytes: what can be told of it is told, and nothing beyond it is read.
#include <string_view>

#include "fuzz_input.hpp"
#include "os/program_file.hpp"
#include "os/temporary_file.hpp"

using mpr::os::ProgramFile;
using mpr::test::require;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const ProgramFile program{mpr::os::file_of(bytes)};
  require(program.interpreter().size() <= size, "an interpreter is part of the file");
  const auto note = program.note("mpr", 1);
  require(!note || bytes.find(*note) != std::string_view::npos, "a note is part of the file");
  const std::string start = "__libc_start_main";
  require(!program.imports(start) || bytes.find(start + '\0') != std::string_view::npos,
          "what is imported is named in the file");
  require(program.format() == ProgramFile::Format::elf || program.format() == ProgramFile::Format::elf_no_program ||
              (!note && !program.imports("main")),
          "only programs of this machine have notes and imports");
  return 0;
}
