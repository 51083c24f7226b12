#include "support/random_text.hpp"

#include <algorithm>

namespace mpr::test {

namespace {

std::string long_text() {
  std::mt19937 random{1};  // NOLINT(cert-msc51-cpp)
  constexpr char kLetters[] = "abcdefghijklmnopqrstuvwxyz\n\0\xff";
  std::string text(1 << 20, '\0');
  for (char& each : text) each = kLetters[random() % (sizeof kLetters - 1)];
  return text;
}

}  // namespace

// Cut from a text that is made once: to ask for each letter took most of the time of the tests that use this.
std::string random_text(std::mt19937& random, size_t size) {
  static const std::string kText = long_text();
  std::string text;
  text.reserve(size);
  while (text.size() < size) {
    const size_t wanted = std::min<size_t>(size - text.size(), 1 << 16);
    text.append(kText, random() % (kText.size() - wanted), wanted);
  }
  return text;
}

}  // namespace mpr::test
