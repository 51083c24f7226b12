// Stands in for libFuzzer where there is none: runs a fuzzer over files, and over mutations of them, the same each
// time.
//
//   fuzz_template corpus/template                          // a folder: its files and mutations of these
//   fuzz_template build-fuzz/findings/template-crash-...   // a file: itself alone
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

#include "fuzz_input.hpp"

namespace {

using Random = std::mt19937;

constexpr size_t kMutations = 5'000;  // of a corpus in all

std::string read_all(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error("cannot read " + path.string());
  return {std::istreambuf_iterator<char>(file), {}};
}

void run(const std::string& input) {
  // A copy of exactly its size, so that AddressSanitizer sees every step beyond it.
  const std::vector<uint8_t> bytes(input.begin(), input.end());
  (void)LLVMFuzzerTestOneInput(bytes.data(), bytes.size());
}

void change(std::string& input, const std::vector<std::string>& corpus, Random& random) {
  const size_t at = random() % (input.size() + 1);
  const std::string& other = corpus[random() % corpus.size()];
  const size_t from = random() % (other.size() + 1);
  switch (random() % 5) {
    case 0:
      if (at < input.size()) input[at] = static_cast<char>(random());
      break;
    case 1:
      if (at < input.size()) input[at] = static_cast<char>(static_cast<uint8_t>(input[at]) ^ (1U << random() % 8));
      break;
    case 2:
      input.erase(at, 1 + random() % 4);
      break;
    case 3:
      input.insert(at, 1, "{}[]()\"'\\`$#:;|~.,/*0-9 \n"[random() % 26]);
      break;
    default:
      input.insert(at, other, from, 1 + random() % 16);
  }
}

void run_mutations(const std::vector<std::string>& corpus) {
  Random random(1);  // NOLINT(cert-msc51-cpp): the same each time
  for (size_t i = 0; i < kMutations; ++i) {
    std::string input = corpus[i % corpus.size()];
    for (size_t changes = 1 + random() % 4; changes > 0; --changes) change(input, corpus, random);
    run(input);
  }
}

void run_path(const std::filesystem::path& path) {
  if (!is_directory(path)) return run(read_all(path));
  std::vector<std::filesystem::path> files(std::filesystem::directory_iterator(path), {});
  std::sort(files.begin(), files.end());
  std::vector<std::string> corpus;
  for (const auto& file : files) corpus.push_back(read_all(file));
  if (corpus.empty()) throw std::runtime_error("no files in " + path.string());
  for (const auto& input : corpus) run(input);
  run_mutations(corpus);
}

}  // namespace

int main(int argc, char** argv) try {
  for (int i = 1; i < argc; ++i) run_path(argv[i]);
  return argc > 1 ? 0 : 2;
} catch (const std::exception& error) {
  std::cerr << error.what() << '\n';
  return 1;
}
