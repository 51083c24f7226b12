// SmallDisk: a file system in memory, for as long as the test wants it, seen by those alone who are started within it.
//
//   SmallDisk disk("size=1m");
//   if (!disk) return;                                       // not allowed here: said by WARN
//   Running mpr(disk.within({kMpr, "map", "--store", disk / "s.db", ...}), options);
//   std::filesystem::remove(disk.outside("ballast"));        // the same file, from here
//
// Needs root, or user namespaces.
#pragma once

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <optional>

#include "support/mpr_command.hpp"

namespace mpr::test {

class SmallDisk {
 public:
  explicit SmallDisk(const std::string& options) {
    const std::string script =
        "mount -t tmpfs -o mode=0700," + options + " tmpfs \"$0\" && echo ready; exec sleep 1000";
    Options patience;
    patience.limit = std::chrono::seconds{60} * kSlowness;
    try {
      holder_.emplace(Argv{"unshare", ::geteuid() == 0 ? "-m" : "-mrU", "sh", "-c", script, dir_.path()}, patience);
      holder_->read_until("\n");
    } catch (const std::exception&) {
      holder_.reset();
      WARN("skipped: no file system can be mounted here");
    }
  }
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;
  ~SmallDisk() {
    if (!holder_) return;
    holder_->signal(SIGKILL);
    (void)holder_->wait();
  }

  explicit operator bool() const { return holder_.has_value(); }
  [[nodiscard]] Argv within(const Argv& argv) const {
    Argv words{"nsenter", "-t", std::to_string(holder_->pid()), "-m"};
    if (::geteuid() != 0) words.insert(words.end(), {"-U", "--preserve-credentials"});
    words.insert(words.end(), argv.begin(), argv.end());
    return words;
  }
  [[nodiscard]] std::string operator/(const std::string& name) const { return dir_ / name; }
  [[nodiscard]] std::string outside(const std::string& name) const {
    return "/proc/" + std::to_string(holder_->pid()) + "/root" + dir_ / name;
  }
  void put(const std::string& name, size_t bytes) const { std::ofstream(outside(name)) << std::string(bytes, 'x'); }

 private:
  TempDir dir_;
  std::optional<Running> holder_;
};

}  // namespace mpr::test
