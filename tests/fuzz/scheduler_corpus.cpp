#include "scheduler_corpus.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <stdexcept>

namespace mpr::test {
namespace {

const std::filesystem::path kFolder{MPR_SCHEDULER_CORPUS};

/// In hexadecimal, for a log, and as a file.
std::string keep(const Tape::Bytes& bytes, uint64_t seed) {
  std::string text;
  for (const uint8_t byte : bytes) {
    text += "0123456789abcdef"[byte / 16];
    text += "0123456789abcdef"[byte % 16];
  }
  const auto path = kFolder / ("seed_" + std::to_string(seed));
  std::ofstream file(path, std::ios::binary);
  file.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  file.close();
  return text + (file ? ", kept as " + path.string() : "");
}

}  // namespace

std::vector<std::filesystem::path> kept_stories() {
  std::vector<std::filesystem::path> files(std::filesystem::directory_iterator(kFolder), {});
  std::sort(files.begin(), files.end());
  return files;
}

Tape::Bytes read_story(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error("cannot read " + path.string());
  return {std::istreambuf_iterator<char>(file), {}};
}

Played play_and_keep(uint64_t seed) {
  Tape tape = Tape::random(seed);
  Played played = play(tape);
  if (played.complaint.empty()) return played;
  const Tape::Bytes story = shrunk_story(tape.taken(), played.complaint);
  played.complaint += "; the story: " + keep(story, seed);
  return played;
}

}  // namespace mpr::test
