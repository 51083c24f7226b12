// The scheduler, and all that is around it as the bytes have it: see scheduler_model.hpp.
#include "fuzz_input.hpp"
#include "scheduler_model.hpp"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  mpr::test::Tape tape{{data, data + size}};
  const mpr::test::Played played = mpr::test::play(tape);
  mpr::test::require(played.complaint.empty(), played.complaint);
  return 0;
}
