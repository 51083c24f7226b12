// Census: proves that a program left nothing behind.
//
//   Census census;
//   run({"mpr", "map", ...}, census.mark());
//   // the census is taken when it goes out of scope, and fails the test if anything is left
//
// It marks the program with an environment variable, which everything that the program starts inherits, and gives it a
// temporary directory of its own. Left over are: a live process with the mark, a new child (or zombie) or a new
// open descriptor of this process, a file in that directory.
//
// Ownership: the destructor kills whatever processes are left, so that no test troubles the next.
// Limits: a process that clears its environment is not seen.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "support/running.hpp"
#include "support/temp_dir.hpp"

namespace mpr::test {

class Census {
 public:
  Census();
  Census(const Census&) = delete;
  Census& operator=(const Census&) = delete;

  /// Takes the census, unless leftovers() did already.
  ~Census();

  /// `options`, marked.
  [[nodiscard]] Options mark(Options options = {}) const;

  /// A sentence for each thing that is still there when `limit` is over; at once none when nothing is.
  [[nodiscard]] std::vector<std::string> leftovers(Limit limit = std::chrono::seconds{3} * kSlowness);

  /// The live processes with the mark.
  [[nodiscard]] std::vector<pid_t> processes() const;

  /// The TMPDIR of the marked program.
  [[nodiscard]] const TempDir& temp_dir() const { return temp_dir_; }

 private:
  [[nodiscard]] std::vector<std::string> look() const;

  TempDir temp_dir_;
  std::string mark_;
  std::vector<pid_t> children_before_;
  size_t descriptors_before_;
  bool taken_ = false;
};

}  // namespace mpr::test
