#include "runner/stock.hpp"

#include <algorithm>
#include <functional>

namespace mpr::runner {
namespace {

template <class Number, class Other>
void subtract(Number& from, Other what) {
  from -= std::min<Number>(from, what);
}

}  // namespace

Stock::Stock(const Supplies& supplies) : free_memory_(supplies.memory) {
  for (const NamedSupply& supply : supplies.named) used_.emplace_back(supply.count, false);
}

Stock::Amount Stock::free() const {
  Amount amount{free_memory_, {}};
  for (const auto& units : used_) {
    amount.named.push_back(static_cast<unsigned>(std::count(units.begin(), units.end(), false)));
  }
  return amount;
}

Stock::Taken Stock::take(const Needs& needs) {
  Taken taken{needs.memory, {}};
  free_memory_ -= needs.memory;
  taken.units.resize(needs.named.size());
  for (size_t supply = 0; supply < needs.named.size(); ++supply) {
    auto& used = used_[supply];
    for (unsigned unit = 0; taken.units[supply].size() < needs.named[supply]; ++unit) {
      if (used[unit]) continue;
      used[unit] = true;
      taken.units[supply].push_back(unit);
    }
  }
  return taken;
}

void Stock::give_back(const Taken& taken) {
  free_memory_ += taken.memory;
  for (size_t supply = 0; supply < taken.units.size(); ++supply) {
    for (const unsigned unit : taken.units[supply]) used_[supply][unit] = false;
  }
}

bool Reserve::admits(const Needs& needs) const {
  if (lacks_workers(needs) || needs.memory > free_.memory) return false;
  return std::equal(needs.named.begin(), needs.named.end(), free_.named.begin(), std::less_equal<>{});
}

void Reserve::use(const Needs& needs) {
  idle_ -= needs.cpus;
  free_.memory -= needs.memory;
  for (size_t supply = 0; supply < needs.named.size(); ++supply) free_.named[supply] -= needs.named[supply];
}

void Reserve::keep_for(const Needs& needs) {
  const bool workers = lacks_workers(needs);
  const bool memory = workers || needs.memory > free_.memory;
  if (workers) subtract(idle_, needs.cpus);
  if (memory) subtract(free_.memory, needs.memory);
  for (size_t supply = 0; supply < needs.named.size(); ++supply) subtract(free_.named[supply], needs.named[supply]);
}

}  // namespace mpr::runner
