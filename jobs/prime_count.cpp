// prime_count FROM..TO: prints how many primes there are from FROM to TO, both included.
//
//   prime_count 1..100000         prints 9592
//
// A job that does nothing but compute. It sieves a segment at a time, so memory stays small whatever the range.
// Exit status: 0; 1 when it cannot write; 2 when a word is wrong.
#include <algorithm>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <mpr/job.hpp>

namespace {

constexpr uint64_t kLargest = 100'000'000'000'000;  // its sieving primes, up to 10^7, take 3 MB
constexpr uint64_t kSegment = 1 << 18;              // numbers sieved at a time: fits a second-level cache

struct Bound {
  uint64_t number;
};

struct Range {
  Bound from;
  std::optional<Bound> to;  ///< none: it is to be the next word
};

}  // namespace

template <>
struct mpr::Word<Bound> {
  static constexpr std::string_view name = "TO";
  static Bound parse(std::string_view word) { return {word::parse_unsigned(word, kLargest)}; }
};

template <>
struct mpr::Word<Range> {
  static constexpr std::string_view name = "FROM[..TO]";
  static Range parse(std::string_view word) {
    const size_t dots = word.find("..");
    if (dots == std::string_view::npos) return {Word<Bound>::parse(word), std::nullopt};
    return {Word<Bound>::parse(word.substr(0, dots)), Word<Bound>::parse(word.substr(dots + 2))};
  }
};

namespace {

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

uint64_t count_primes(uint64_t from, uint64_t to) {
  const std::vector<uint64_t> primes = sieving_primes(to);
  uint64_t count = 0;
  for (uint64_t first = std::max<uint64_t>(from, 2); first <= to; first += kSegment) {
    const uint64_t size = std::min(kSegment, to - first + 1);
    std::vector<char> composite(size, 0);
    for (const uint64_t prime : primes) {
      const uint64_t start = std::max(prime * prime, (first + prime - 1) / prime * prime);
      for (uint64_t n = start - first; n < size; n += prime) composite[n] = 1;
    }
    count += static_cast<uint64_t>(std::ranges::count(composite, 0));
  }
  return count;
}

uint64_t prime_count(Range range, std::optional<Bound> second) {
  const std::string from = std::to_string(range.from.number);
  if (range.to && second) {
    throw std::invalid_argument("'" + std::to_string(second->number) + "' is too much: one range is wanted");
  }
  const std::optional<Bound> to = range.to ? range.to : second;
  if (!to) throw std::invalid_argument("'" + from + "' is not a range such as 1..100");
  if (range.from.number > to->number) {
    throw std::invalid_argument("'" + from + "' is larger than '" + std::to_string(to->number) +
                                "': give the smaller number first");
  }
  return count_primes(range.from.number, to->number);
}

}  // namespace

MPR_JOB(prime_count, "Print how many primes there are from FROM to TO, both included (up to 100000000000000).")
