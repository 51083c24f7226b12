// The name that was probably meant, for "did you mean ...?".
//
//   NearestName nearest("timout");
//   for (const auto& name : known) nearest.consider(name);
//   nearest.hint()                     // "did you mean 'timeout'?", or nothing if no name is near
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace mpr::manifest {

/// Slips between two words: letters left out, put in, exchanged for another or with their neighbour. Gives up, with a
/// larger number, beyond `most`.
[[nodiscard]] size_t slips_between(std::string_view one, std::string_view other, size_t most);

class NearestName {
 public:
  explicit NearestName(std::string_view word);

  /// `name` must outlive this.
  void consider(std::string_view name);

  /// Empty: none is near enough. Of equally near ones the first.
  [[nodiscard]] std::string hint() const;

 private:
  std::string_view word_;
  std::string_view nearest_;
  size_t most_;  // slips that are still a slip
};

}  // namespace mpr::manifest
