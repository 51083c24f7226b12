// A manifest's text: it is read, or refused in one line that says where.
#include "manifest.hpp"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  mpr::test::check_reading(std::string(mpr::test::text_of(data, size)), {});
  return 0;
}
