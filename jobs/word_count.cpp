// word_count [FILE...]: prints a line for each file: name, words, distinct words and the most frequent word, with tabs
// between them.
//
//   word_count README.md          prints README.md<TAB>812<TAB>301<TAB>the
//
// A word is a run of letters, digits and apostrophes, in lower case. All bytes beyond ASCII count as letters, so that
// text in UTF-8 stays whole. Of equally frequent words the first in the alphabet wins; without any it is "-".
// Exit status: 0; 1 when a file cannot be read (the others are counted nevertheless) or the output cannot be written.
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace {

constexpr const char* kHelp =
    "usage: word_count [FILE...]\n"
    "Print for each file, with tabs between: name, words, distinct words, most frequent word.\n"
    "Without a file, or for '-', read standard input.\n";

bool in_word(unsigned char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '\'' || c >= 0x80;
}

char lower(unsigned char c) {
  return static_cast<char>(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
}

class WordCounter {
 public:
  /// Takes the next piece of a text; a word may go on in the piece that follows.
  void read(std::string_view piece) {
    for (const char c : piece) {
      const auto byte = static_cast<unsigned char>(c);
      if (in_word(byte)) {
        word_ += lower(byte);
      } else {
        end_word();
      }
    }
  }

  void end_word() {
    if (word_.empty()) return;
    ++counts_[word_];
    ++words_;
    word_.clear();
  }

  [[nodiscard]] size_t words() const { return words_; }
  [[nodiscard]] size_t distinct() const { return counts_.size(); }

  [[nodiscard]] std::string most_frequent() const {
    std::string best = "-";
    size_t best_count = 0;
    for (const auto& [word, count] : counts_) {
      if (count < best_count || (count == best_count && word > best)) continue;
      best = word;
      best_count = count;
    }
    return best;
  }

 private:
  std::string word_;
  std::unordered_map<std::string, size_t> counts_;
  size_t words_ = 0;
};

struct CloseFile {
  void operator()(std::FILE* file) const {
    if (file != stdin) std::fclose(file);
  }
};
using File = std::unique_ptr<std::FILE, CloseFile>;

/// Counts one file and prints its line; false, with a message, when it cannot be read.
bool count(const std::string& name) {
  const File file(name == "-" ? stdin : std::fopen(name.c_str(), "r"));
  WordCounter counter;
  std::array<char, 65536> buffer;
  size_t bytes = 0;
  while (file && (bytes = std::fread(buffer.data(), 1, buffer.size(), file.get())) > 0) {
    counter.read({buffer.data(), bytes});
  }
  if (!file || std::ferror(file.get()) != 0) {
    std::fprintf(stderr, "word_count: cannot read '%s': %s\n", name.c_str(), std::strerror(errno));
    return false;
  }
  counter.end_word();
  std::printf("%s\t%zu\t%zu\t%s\n", name.c_str(), counter.words(), counter.distinct(), counter.most_frequent().c_str());
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<std::string> names(argv + 1, argv + argc);
  if (!names.empty() && names[0] == "--help") {
    std::fputs(kHelp, stdout);
    return 0;
  }
  if (names.empty()) names.emplace_back("-");
  bool all_read = true;
  for (const std::string& name : names) all_read = count(name) && all_read;
  if (std::fflush(stdout) != 0) {
    std::perror("word_count: cannot write");
    return 1;
  }
  return all_read ? 0 : 1;
}
