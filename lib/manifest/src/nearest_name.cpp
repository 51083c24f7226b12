#include "manifest/nearest_name.hpp"

#include <algorithm>
#include <vector>

namespace mpr::manifest {

size_t slips_between(std::string_view one, std::string_view other, size_t most) {
  const size_t difference = one.size() > other.size() ? one.size() - other.size() : other.size() - one.size();
  if (difference > most) return most + 1;
  // Three rows of the usual table: two back for exchanged neighbours.
  std::vector<size_t> before(other.size() + 1);
  std::vector<size_t> above(other.size() + 1);
  std::vector<size_t> row(other.size() + 1);
  for (size_t j = 0; j <= other.size(); ++j) row[j] = j;
  for (size_t i = 1; i <= one.size(); ++i) {
    std::swap(before, above);
    std::swap(above, row);
    row[0] = i;
    for (size_t j = 1; j <= other.size(); ++j) {
      const size_t changed = above[j - 1] + (one[i - 1] == other[j - 1] ? 0 : 1);
      row[j] = std::min({above[j] + 1, row[j - 1] + 1, changed});
      const bool exchanged = i > 1 && j > 1 && one[i - 1] == other[j - 2] && one[i - 2] == other[j - 1];
      if (exchanged) row[j] = std::min(row[j], before[j - 2] + 1);
    }
  }
  return row.back();
}

// One slip in each three letters, but never so many that the word is hardly recognised.
NearestName::NearestName(std::string_view word) : word_(word), most_(std::clamp<size_t>(word.size() / 3, 1, 3)) {
  // No known name is that long: not worth a table of its size.
  constexpr size_t kLongest = 200;
  if (word.size() > kLongest) most_ = 0;
}

void NearestName::consider(std::string_view name) {
  if (most_ == 0) return;
  const size_t slips = slips_between(word_, name, most_);
  // A name that shares no letter (`x` for `n`) is not near.
  if (slips > most_ || slips >= std::max(word_.size(), name.size())) return;
  nearest_ = name;
  most_ = slips - (slips > 0 ? 1 : 0);
}

std::string NearestName::hint() const {
  return nearest_.empty() ? std::string() : "did you mean '" + std::string(nearest_) + "'?";
}

}  // namespace mpr::manifest
