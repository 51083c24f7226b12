// The ELF note by which mpr knows, without running it, a program made with MPR_JOB, and the version of the protocol
// that it serves by (mpr/job_protocol.hpp).
//
//   owner "mpr", type 1, and as its descriptor the version: 4 bytes
#pragma once

#define MPR_JOB_PROTOCOL 1

#define MPR_JOB_TEXT(text) #text
#define MPR_JOB_NUMBER(number) MPR_JOB_TEXT(number)

/// Puts the note into the program, where strip(1) and --gc-sections leave it.
#define MPR_JOB_NOTE \
  asm(".pushsection .note.mpr.job,\"a\",%note\n" \
      ".balign 4\n"                        \
      ".long 4\n" /* bytes of the owner */ \
      ".long 4\n" /* of the descriptor */  \
      ".long 1\n"                          \
      ".asciz \"mpr\"\n"                   \
      ".long " MPR_JOB_NUMBER(MPR_JOB_PROTOCOL) "\n" \
      ".popsection");
