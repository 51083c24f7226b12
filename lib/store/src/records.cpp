#include "store/records.hpp"

#include <chrono>
#include <ctime>
#include <random>

#include "os/io.hpp"

namespace mpr::store {

UnixTime unix_now() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::nanoseconds>(now).count();
}

std::string new_run_id() {
  const std::time_t seconds = std::time(nullptr);
  std::tm utc{};
  ::gmtime_r(&seconds, &utc);
  char id[sizeof "20261122T215301-1f3a9c"];
  const size_t length = std::strftime(id, sizeof id, "%Y%m%dT%H%M%S-", &utc);
  std::random_device random;
  constexpr char kDigits[] = "0123456789abcdef";
  std::string text(id, length);
  for (int i = 0; i < 6; ++i) text += kDigits[random() % 16];
  return text;
}

std::string own_boot_id() {
  std::string id = os::read_file("/proc/sys/kernel/random/boot_id").value_or("");
  while (id.ends_with('\n')) id.pop_back();
  return id;
}

}  // namespace mpr::store
