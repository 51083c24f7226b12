// Stock: what is there, and what is free, of memory and of the named supplies that tasks share. Pure.
//
//   Stock stock({.memory = 8 << 30, .named = {{"gpu", 2}}});
//   Reserve reserve(stock.free(), idle workers);
//   if (reserve.admits(needs)) taken = stock.take(needs); else reserve.keep_for(needs);
//   stock.give_back(taken);
//
// Units: memory in bytes. Units of a named supply are numbered from 0; a task is told which it has.
#pragma once

#include <cstdint>
#include <vector>

#include "runner/policy.hpp"

namespace mpr::runner {

class Stock {
 public:
  struct Amount {
    uint64_t memory = 0;
    std::vector<unsigned> named;
  };
  struct Taken {
    uint64_t memory = 0;
    std::vector<std::vector<unsigned>> units;  ///< of each named supply, in ascending order
  };

  explicit Stock(const Supplies& supplies);

  [[nodiscard]] Amount free() const;
  /// What must be free. The lowest numbers of each supply.
  [[nodiscard]] Taken take(const Needs& needs);
  void give_back(const Taken& taken);

 private:
  uint64_t free_memory_;
  std::vector<std::vector<bool>> used_;  ///< units of each named supply
};

/// What tasks may still be given, in the order of the plan, of what is free: less what is kept for those before them
/// that wait.
///
/// For a task that waits its named supplies are kept; its memory too if it lacks that or workers; idle workers only if
/// it lacks those, since all others need workers as well. So what it gets at last is never taken back by others, and it
/// holds up nobody who does not need what it needs.
class Reserve {
 public:
  Reserve(Stock::Amount free, size_t idle_workers) : free_(std::move(free)), idle_(idle_workers) {}

  [[nodiscard]] bool admits(const Needs& needs) const;
  [[nodiscard]] bool lacks_workers(const Needs& needs) const { return needs.cpus > idle_; }
  /// The task gets it ...
  void use(const Needs& needs);
  /// ... or waits for it.
  void keep_for(const Needs& needs);
  [[nodiscard]] size_t idle_workers() const { return idle_; }

 private:
  Stock::Amount free_;
  size_t idle_;
};

}  // namespace mpr::runner
