// What the fuzzers have in common: each defines LLVMFuzzerTestOneInput(), which libFuzzer or corpus_main.cpp calls.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <string>
#include <string_view>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace mpr::test {

inline std::string_view text_of(const uint8_t* data, size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

/// Ends the process, which is how a fuzzer tells of a finding.
inline void require(bool holds, std::string_view what, std::string_view about = {}) {
  if (holds) return;
  std::cerr << "does not hold: " << what << '\n' << about << std::endl;
  std::abort();
}

/// Cut at each separator; `most` parts at most, of which the last has the rest.
inline std::vector<std::string> split(std::string_view text, char separator, size_t most = SIZE_MAX) {
  std::vector<std::string> parts;
  while (parts.size() + 1 < most) {
    const size_t end = text.find(separator);
    if (end == std::string_view::npos) break;
    parts.emplace_back(text.substr(0, end));
    text.remove_prefix(end + 1);
  }
  parts.emplace_back(text);
  return parts;
}

}  // namespace mpr::test
