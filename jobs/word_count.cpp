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
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <tuple>
#include <unordered_map>

#include <mpr/job.hpp>

namespace {

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

using Line = std::tuple<std::string, size_t, size_t, std::string>;

Line word_count(const std::optional<std::filesystem::path>& path) {
  const std::string name = path.value_or("-").native();
  const File file(name == "-" ? stdin : std::fopen(name.c_str(), "r"));
  WordCounter counter;
  std::array<char, 65536> buffer;
  size_t bytes = 0;
  while (file && (bytes = std::fread(buffer.data(), 1, buffer.size(), file.get())) > 0) {
    counter.read({buffer.data(), bytes});
  }
  if (!file || std::ferror(file.get()) != 0) {
    throw std::system_error(errno, std::generic_category(), "cannot read '" + name + "'");
  }
  counter.end_word();
  return {name, counter.words(), counter.distinct(), counter.most_frequent()};
}

}  // namespace

MPR_JOB(word_count,
        "Print for each file, with tabs between: name, words, distinct words, most frequent word.\n"
        "Without a file, or for '-', read standard input.")
