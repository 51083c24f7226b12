// prime_count FROM..TO: prints how many primes there are from FROM to TO, both included.
//
//   prime_count 1..100000         prints 9592
//
// A job that does nothing but compute. It sieves a segment at a time, so memory stays small whatever the range.
// Exit status: 0; 1 when it cannot write; 2 when a word is wrong.
#include <algorithm>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

constexpr const char* kHelp =
    "usage: prime_count FROM..TO\n"
    "       prime_count FROM TO\n"
    "Print how many primes there are from FROM to TO, both included (up to 100000000000000).\n";

constexpr uint64_t kLargest = 100'000'000'000'000;  // its sieving primes, up to 10^7, take 3 MB
constexpr uint64_t kSegment = 1 << 18;              // numbers sieved at a time: fits a second-level cache

struct Range {
  uint64_t from;
  uint64_t to;
};

uint64_t number(const std::string& word) {
  uint64_t value = 0;
  const char* last = word.data() + word.size();
  const auto [end, error] = std::from_chars(word.data(), last, value);
  if (error == std::errc::invalid_argument || end != last)
    throw std::invalid_argument("'" + word + "' is not a number");
  if (error == std::errc::result_out_of_range || value > kLargest) {
    throw std::invalid_argument("'" + word + "' is too large: the limit is " + std::to_string(kLargest));
  }
  return value;
}

Range parse(const std::vector<std::string>& words) {
  std::vector<std::string> ends = words;
  if (words.size() == 1) {
    const size_t dots = words[0].find("..");
    if (dots == std::string::npos) throw std::invalid_argument("'" + words[0] + "' is not a range such as 1..100");
    ends = {words[0].substr(0, dots), words[0].substr(dots + 2)};
  }
  if (ends.size() != 2) throw std::invalid_argument("one range is wanted, such as 1..100");
  const Range range{number(ends[0]), number(ends[1])};
  if (range.from > range.to) {
    throw std::invalid_argument("'" + ends[0] + "' is larger than '" + ends[1] + "': give the smaller number first");
  }
  return range;
}

/// The primes p with p * p <= limit.
std::vector<uint64_t> sieving_primes(uint64_t limit) {
  uint64_t root = 0;
  while ((root + 1) * (root + 1) <= limit) ++root;
  std::vector<bool> composite(root + 1, false);
  std::vector<uint64_t> primes;
  for (uint64_t n = 2; n <= root; ++n) {
    if (composite[n]) continue;
    primes.push_back(n);
    for (uint64_t multiple = n * n; multiple <= root; multiple += n) composite[multiple] = true;
  }
  return primes;
}

uint64_t count_primes(Range range) {
  const uint64_t from = std::max<uint64_t>(range.from, 2);
  const std::vector<uint64_t> primes = sieving_primes(range.to);
  uint64_t count = 0;
  for (uint64_t first = from; first <= range.to; first += kSegment) {
    const uint64_t size = std::min(kSegment, range.to - first + 1);
    std::vector<char> composite(size, 0);
    for (const uint64_t prime : primes) {
      const uint64_t start = std::max(prime * prime, (first + prime - 1) / prime * prime);
      for (uint64_t n = start - first; n < size; n += prime) composite[n] = 1;
    }
    count += static_cast<uint64_t>(std::ranges::count(composite, 0));
  }
  return count;
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> words(argv + 1, argv + argc);
  if (!words.empty() && words[0] == "--help") {
    std::fputs(kHelp, stdout);
    return 0;
  }
  try {
    std::printf("%ju\n", static_cast<uintmax_t>(count_primes(parse(words))));
  } catch (const std::invalid_argument& fault) {
    std::fprintf(stderr, "prime_count: %s\n", fault.what());
    return 2;
  }
  if (std::fflush(stdout) != 0) {
    std::perror("prime_count: cannot write");
    return 1;
  }
  return 0;
}
