// square N...: prints the square of each number, one a line.
//
//   square 7          prints 49
//
// Exit status: 0; 1 when it cannot write; 2 when a word is wrong, and then nothing is printed.
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <string_view>
#include <vector>

namespace {

constexpr const char* kHelp =
    "usage: square NUMBER...\n"
    "Print the square of each whole number, one a line.\n";

/// Says what is wrong with `word` and answers the exit status for it.
int refuse(const char* word, const char* fault) {
  std::fprintf(stderr, "square: '%s' %s\n", word, fault);
  return 2;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fputs("square: no number given (try 'square 7')\n", stderr);
    return 2;
  }
  if (std::string_view(argv[1]) == "--help") {
    std::fputs(kHelp, stdout);
    return 0;
  }
  std::vector<int64_t> squares;
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    int64_t number = 0;
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), number);
    if (error == std::errc::invalid_argument || end != word.data() + word.size()) {
      return refuse(argv[i], "is not a whole number");
    }
    int64_t square = 0;
    if (error == std::errc::result_out_of_range || __builtin_mul_overflow(number, number, &square)) {
      return refuse(argv[i], "is too large: its square does not fit in 64 bits");
    }
    squares.push_back(square);
  }
  for (const int64_t square : squares) std::printf("%jd\n", static_cast<intmax_t>(square));
  if (std::fflush(stdout) != 0) {
    std::perror("square: cannot write");
    return 1;
  }
  return 0;
}
