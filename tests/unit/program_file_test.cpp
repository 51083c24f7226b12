#include "os/program_file.hpp"

#include <elf.h>
#include <link.h>
#include <sys/stat.h>

#include <cstring>
#include <fstream>
#include <string>

#include <catch2/catch.hpp>

#include "os/temporary_file.hpp"
#include "support/temp_dir.hpp"
#include "worker/fork_server_fit.hpp"

using namespace mpr;
using os::ProgramFile;
using Format = ProgramFile::Format;

namespace {

ProgramFile program_of(const std::string& bytes) {
  return ProgramFile{os::file_of(bytes)};
}

template <class Value>
std::string bytes_of(const Value& value) {
  return {reinterpret_cast<const char*>(&value), sizeof value};
}

/// An ELF header of this machine, made from that of this program. (Of which only that is read: it is large.)
ElfW(Ehdr) own_header() {
  ElfW(Ehdr) header;
  std::ifstream self("/proc/self/exe", std::ios::binary);
  REQUIRE(self.read(reinterpret_cast<char*>(&header), sizeof header));
  header.e_phoff = sizeof header;
  header.e_phnum = 0;
  return header;
}

/// A program of one segment, whose contents come behind the headers.
std::string with_segment(ElfW(Word) type, const std::string& contents, ElfW(Xword) alignment = 4) {
  ElfW(Ehdr) header = own_header();
  header.e_phnum = 1;
  ElfW(Phdr) segment{};
  segment.p_type = type;
  segment.p_offset = sizeof header + sizeof segment;
  segment.p_filesz = contents.size();
  segment.p_align = alignment;
  return bytes_of(header) + bytes_of(segment) + contents;
}

std::string note(const std::string& owner, uint32_t type, const std::string& contents) {
  const auto padded = [](std::string text) { return text.append((4 - text.size() % 4) % 4, '\0'); };
  const ElfW(Nhdr) header{static_cast<uint32_t>(owner.size() + 1), static_cast<uint32_t>(contents.size()), type};
  return bytes_of(header) + padded(owner + '\0') + padded(contents);
}

}  // namespace

TEST_CASE("a program of this machine is known with its dynamic linker and what it imports") {
  const ProgramFile shell = ProgramFile::open("/bin/sh");
  CHECK(shell.format() == Format::elf);
  CHECK(shell.interpreter().find("/ld") != std::string::npos);
  CHECK(shell.imports("__libc_start_main"));
  CHECK_FALSE(shell.imports("__libc_start"));
  CHECK_FALSE(shell.imports("__libc_start_main2"));
  CHECK_FALSE(shell.imports(""));
  CHECK(shell.note("GNU", NT_GNU_BUILD_ID).value_or("").size() == 20);
  CHECK_FALSE(shell.note("GNU", 4711));
  CHECK_FALSE(shell.note("mpr", 1));
  CHECK_FALSE(shell.changes_privileges());
}

TEST_CASE("a script is known with its interpreter") {
  for (const auto& [text, interpreter] :
       std::vector<std::pair<std::string, std::string>>{{"#!/bin/sh\necho\n", "/bin/sh"},
                                                        {"#! /usr/bin/env python3\n", "/usr/bin/env"},
                                                        {"#!\t/bin/sh -e\n", "/bin/sh"},
                                                        {"#!/bin/sh", "/bin/sh"},
                                                        {"#!\n/bin/sh\n", ""},
                                                        {"#!", ""},
                                                        {"#!   ", ""},
                                                        {"#!" + std::string(1000, 'x'), std::string(254, 'x')}}) {
    CAPTURE(text);
    const ProgramFile script = program_of(text);
    CHECK(script.format() == Format::script);
    CHECK(script.interpreter() == interpreter);
    CHECK_FALSE(script.imports("__libc_start_main"));
    CHECK_FALSE(script.note("mpr", 1));
  }
}

TEST_CASE("what is no program is known as that") {
  for (const std::string& text : std::vector<std::string>{"", "\177", "MZ\220", "# !/bin/sh", "plain text"}) {
    CAPTURE(text);
    CHECK(program_of(text).format() == Format::other);
  }
  CHECK(program_of(ELFMAG).format() == Format::foreign_elf);
  ElfW(Ehdr) header = own_header();
  header.e_machine = EM_68K;
  CHECK(program_of(bytes_of(header)).format() == Format::foreign_elf);
  header = own_header();
  header.e_ident[EI_CLASS] = ELFCLASS32;
  CHECK(program_of(bytes_of(header)).format() == Format::foreign_elf);
  header = own_header();
  header.e_type = ET_REL;
  CHECK(program_of(bytes_of(header)).format() == Format::elf_no_program);
  CHECK(ProgramFile::open("/").format() == Format::other);
  CHECK(ProgramFile::open("/dev/null").format() == Format::other);
  CHECK_THROWS_AS(ProgramFile::open("/no/such/program"), std::system_error);
}

TEST_CASE("a note is found by its owner and type, wherever it is among others") {
  const std::string notes =
      note("GNU", 1, "other owner") + note("mpr", 2, "other type") + note("mpr", 1, "found") + note("mpr", 1, "second");
  CHECK(program_of(with_segment(PT_NOTE, notes)).note("mpr", 1) == "found");
  CHECK(program_of(with_segment(PT_NOTE, notes)).note("mpr", 2) == "other type");
  CHECK_FALSE(program_of(with_segment(PT_NOTE, notes)).note("mp", 1));
  CHECK_FALSE(program_of(with_segment(PT_NOTE, notes)).note("mprs", 1));
  CHECK_FALSE(program_of(with_segment(PT_LOAD, notes)).note("mpr", 1));
  CHECK(program_of(with_segment(PT_NOTE, note("mpr", 1, ""))).note("mpr", 1) == "");
}

TEST_CASE("a note that is cut off, or says that it is longer than it can be, is none") {
  const std::string whole = note("mpr", 1, "contents of it");
  for (size_t size = 0; size < sizeof(ElfW(Nhdr)) + 4 + 14; ++size) {
    CHECK_FALSE(program_of(with_segment(PT_NOTE, whole.substr(0, size))).note("mpr", 1));
  }
  for (const size_t field : {0, 4}) {
    std::string hostile = whole;
    std::memset(hostile.data() + field, 0xff, 4);
    CHECK_FALSE(program_of(with_segment(PT_NOTE, hostile)).note("mpr", 1));
  }
}

TEST_CASE("offsets and sizes that lead out of the file find nothing") {
  const std::string good = with_segment(PT_NOTE, note("mpr", 1, "found"));
  for (const uint64_t hostile : {uint64_t{1} << 20, uint64_t{1} << 62, uint64_t{1} << 63, ~uint64_t{0}}) {
    CAPTURE(hostile);
    for (const size_t field : {offsetof(ElfW(Ehdr), e_phoff), sizeof(ElfW(Ehdr)) + offsetof(ElfW(Phdr), p_offset)}) {
      std::string bad = good;
      std::memcpy(bad.data() + field, &hostile, sizeof hostile);
      CHECK_FALSE(program_of(bad).note("mpr", 1));
      CHECK_FALSE(program_of(bad).imports("__libc_start_main"));
    }
    std::string longer = good;
    std::memcpy(longer.data() + sizeof(ElfW(Ehdr)) + offsetof(ElfW(Phdr), p_filesz), &hostile, sizeof hostile);
    CHECK(program_of(longer).note("mpr", 1) == "found");
  }
}

TEST_CASE("a program that is cut off anywhere is read without harm") {
  const std::string shell = test::read_file("/bin/sh");
  for (size_t size = 0; size < shell.size(); size += 97 + size / 16) {
    const ProgramFile program = program_of(shell.substr(0, size));
    (void)program.imports("__libc_start_main");
    (void)program.note("GNU", NT_GNU_BUILD_ID);
  }
}

TEST_CASE("why no fork server can be made of a program is said in words") {
  const test::TempDir dir;
  CHECK_FALSE(worker::why_not_fork_server("/bin/sh"));
  CHECK(worker::why_not_fork_server(dir.write("a", "#!/bin/sh\n")) == "it is a script of '/bin/sh'");
  CHECK(worker::why_not_fork_server(dir.write("b", "text")) == "it is not an executable for this machine");
  CHECK(worker::why_not_fork_server(dir.write("c", with_segment(PT_NULL, ""))) == "it is statically linked");
  const std::string musl = std::string("/lib/ld-musl-x86_64.so.1") + '\0';
  CHECK(worker::why_not_fork_server(dir.write("d", with_segment(PT_INTERP, musl))) ==
        "it does not use the GNU C library");
  // As a Go program: dynamically linked, but starting by itself.
  const std::string glibc = std::string("/lib64/ld-linux-x86-64.so.2") + '\0';
  CHECK(worker::why_not_fork_server(dir.write("e", with_segment(PT_INTERP, glibc))) ==
        "it does not use the GNU C library");
  CHECK(worker::why_not_fork_server("/no/such/program") == "its file cannot be read: No such file or directory");
  const std::string privileged = dir.write("f", test::read_file("/bin/sh"));
  REQUIRE(::chmod(privileged.c_str(), 04755) == 0);
  CHECK(worker::why_not_fork_server(privileged) == "it is set-user-ID, set-group-ID or has capabilities");
}
