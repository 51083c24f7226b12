#include "os/program_file.hpp"

#include <elf.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include "elf_image.hpp"
#include "os/error.hpp"
#include "os/io.hpp"

namespace mpr::os {
namespace {

constexpr size_t kFirstLineBytes = 256;  // BINPRM_BUF_SIZE

/// "/bin/sh" of "#! /bin/sh -e".
std::string script_interpreter(std::string_view beginning) {
  std::string_view line = beginning.substr(2, beginning.find('\n') - 2);
  line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
  return std::string(line.substr(0, line.find_first_of(std::string_view(" \t\0", 3))));
}

}  // namespace

ProgramFile ProgramFile::open(const std::string& path) {
  // Non-blocking: whatever it is, a named pipe say, does not hold us up.
  return ProgramFile{UniqueFd{check(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK), "open")}};
}

ProgramFile::ProgramFile(UniqueFd file) : file_(std::move(file)) {
  struct stat status {};
  check(::fstat(file_.get(), &status), "fstat");
  if (!S_ISREG(status.st_mode)) return;
  std::string beginning(kFirstLineBytes, '\0');
  beginning.resize(read_at(file_, std::as_writable_bytes(std::span{beginning}), 0));
  if (beginning.starts_with("#!")) {
    format_ = Format::script;
    interpreter_ = script_interpreter(beginning);
  }
  if (!beginning.starts_with(ELFMAG)) return;
  format_ = Format::foreign_elf;
  auto image = ElfImage::read(file_);
  if (!image) return;
  format_ = image->type() == ET_EXEC || image->type() == ET_DYN ? Format::elf : Format::elf_no_program;
  interpreter_ = image->interpreter();
  image_ = std::make_unique<ElfImage>(std::move(*image));
}

ProgramFile::ProgramFile(ProgramFile&&) noexcept = default;
ProgramFile& ProgramFile::operator=(ProgramFile&&) noexcept = default;
ProgramFile::~ProgramFile() = default;

bool ProgramFile::changes_privileges() const {
  struct stat status {};
  check(::fstat(file_.get(), &status), "fstat");
  if ((status.st_mode & (S_ISUID | S_ISGID)) != 0) return true;
  return ::fgetxattr(file_.get(), "security.capability", nullptr, 0) > 0;
}

bool ProgramFile::imports(std::string_view symbol) const {
  return image_ && image_->imports(symbol);
}

std::optional<std::string> ProgramFile::note(std::string_view owner, uint32_t type) const {
  return image_ ? image_->note(owner, type) : std::nullopt;
}

}  // namespace mpr::os
