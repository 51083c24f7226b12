#include "os/cpu_set.hpp"

#include <sched.h>

#include <algorithm>
#include <memory>
#include <new>

#include "kernel_text.hpp"
#include "os/error.hpp"

namespace mpr::os {
namespace {

/// A mask for any number of CPUs: on a machine with more than 1024 of them, the kernel refuses to fill a plain
/// cpu_set_t.
class CpuMask {
 public:
  explicit CpuMask(unsigned cpus) : size_(CPU_ALLOC_SIZE(cpus)), mask_(CPU_ALLOC(cpus)) {
    if (!mask_) throw std::bad_alloc();
    CPU_ZERO_S(size_, mask_.get());
  }
  [[nodiscard]] cpu_set_t* get() const { return mask_.get(); }
  [[nodiscard]] size_t size_bytes() const { return size_; }
  void add(unsigned cpu) { CPU_SET_S(cpu, size_, mask_.get()); }

  [[nodiscard]] CpuSet cpus() const {
    CpuSet cpus;
    for (unsigned cpu = 0; cpu < size_ * 8; ++cpu) {
      if (CPU_ISSET_S(cpu, size_, mask_.get())) cpus.push_back(cpu);
    }
    return cpus;
  }

 private:
  struct Free {
    void operator()(cpu_set_t* mask) const { CPU_FREE(mask); }
  };
  size_t size_;
  std::unique_ptr<cpu_set_t, Free> mask_;
};

/// One piece of a list: "8", "0-3" or "0-31:2/4".
struct CpuRange {
  unsigned first = 0;
  unsigned last = 0;
  unsigned used = 1;  ///< of every `group` CPUs, so many from the start of the group
  unsigned group = 1;

  [[nodiscard]] bool valid() const { return first <= last && last < kMaxCpus && used > 0 && used <= group; }
};

std::optional<CpuRange> parse_range(std::string_view text) {
  CpuRange range;
  const auto read = [](std::string_view digits, unsigned& into) {
    const auto number = parse_number<unsigned>(digits);
    if (number) into = *number;
    return number.has_value();
  };
  if (const auto colon = text.find(':'); colon != std::string_view::npos) {
    const auto stride = split(text.substr(colon + 1), '/');
    if (stride.size() != 2 || !read(stride[0], range.used) || !read(stride[1], range.group)) return std::nullopt;
    text = text.substr(0, colon);
  }
  const auto bounds = split(text, '-');
  if (bounds.size() > 2 || !read(bounds.front(), range.first) || !read(bounds.back(), range.last)) return std::nullopt;
  if (!range.valid()) return std::nullopt;
  return range;
}

void make_set(CpuSet& cpus) {
  std::sort(cpus.begin(), cpus.end());
  cpus.erase(std::unique(cpus.begin(), cpus.end()), cpus.end());
}

void pin_where_possible(std::span<const unsigned> cpus) noexcept {
  try {
    pin_this_thread(cpus);
  } catch (...) {
    // It runs where it may.
  }
}

}  // namespace

std::optional<CpuSet> parse_cpu_list(std::string_view text) {
  CpuSet cpus;
  text = trimmed(text);
  if (text.empty()) return cpus;
  for (const auto piece : split(text, ',')) {
    const auto range = parse_range(trimmed(piece));
    if (!range) return std::nullopt;
    for (unsigned cpu = range->first; cpu <= range->last; ++cpu) {
      if ((cpu - range->first) % range->group < range->used) cpus.push_back(cpu);
    }
  }
  make_set(cpus);
  return cpus;
}

std::string cpu_list_text(const CpuSet& cpus) {
  std::string text;
  for (size_t i = 0; i < cpus.size();) {
    size_t last = i;
    while (last + 1 < cpus.size() && cpus[last + 1] == cpus[last] + 1) ++last;
    if (!text.empty()) text += ',';
    text += std::to_string(cpus[i]);
    if (last > i) text += '-' + std::to_string(cpus[last]);
    i = last + 1;
  }
  return text;
}

CpuSet allowed_cpus() {
  for (unsigned cpus = CPU_SETSIZE;; cpus *= 2) {
    const CpuMask mask(cpus);
    if (sched_getaffinity(0, mask.size_bytes(), mask.get()) == 0) return mask.cpus();
    if (errno != EINVAL || cpus >= kMaxCpus) throw_errno("sched_getaffinity");
  }
}

void pin_this_thread(std::span<const unsigned> cpus) {
  CpuSet wanted(cpus.begin(), cpus.end());
  make_set(wanted);
  if (wanted.empty() || wanted.back() >= kMaxCpus) throw_errno("sched_setaffinity", EINVAL);
  CpuMask mask(wanted.back() + 1);
  for (const unsigned cpu : wanted) mask.add(cpu);
  check(sched_setaffinity(0, mask.size_bytes(), mask.get()), "sched_setaffinity");

  const CpuSet got = allowed_cpus();
  if (got == wanted) return;
  const std::string what = "sched_setaffinity allowed CPUs " + cpu_list_text(got) + " of " + cpu_list_text(wanted);
  throw_errno(what.c_str(), EINVAL);
}

PinnedMeanwhile::PinnedMeanwhile(std::span<const unsigned> cpus) : before_(allowed_cpus()) {
  pin_where_possible(cpus);
}

PinnedMeanwhile::~PinnedMeanwhile() {
  pin_where_possible(before_);
}

}  // namespace mpr::os
