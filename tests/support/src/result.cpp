#include "support/result.hpp"

#include <ostream>
#include <sstream>

namespace mpr::test {

namespace {

std::string beginning(const std::string& text) {
  constexpr size_t kShown = 2000;
  if (text.size() <= kShown) return text;
  return text.substr(0, kShown) + "... (" + std::to_string(text.size()) + " bytes)";
}

}  // namespace

std::ostream& operator<<(std::ostream& stream, const Result& result) {
  if (result.signal != 0) {
    stream << "signal " << result.signal;
  } else {
    stream << "exit status " << result.exit_status;
  }
  return stream << " after " << result.seconds << " s\n--- out\n"
                << beginning(result.out) << "\n--- err\n"
                << beginning(result.err);
}

std::vector<std::string> lines(const std::string& text) {
  std::vector<std::string> found;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) found.push_back(line);
  return found;
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace mpr::test
