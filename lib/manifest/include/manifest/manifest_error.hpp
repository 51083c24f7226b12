// ManifestError: a mistake in a manifest, and where it is.
//
//   nightly.json:7:16: jobs.square.timeout: 'soon' is not a duration: a number is missing before 'soon'
//   --set jobs.square.timeout=soon: jobs.square.timeout: 'soon' is not a duration: ...
//
// what() is one line of that form: file, line and column (from 1; the column in bytes), the place in the document, and
// what is wrong there. Mistakes of the syntax have no place in the document, mistakes of the whole file no line.
// hint() as for every Error. Both are safe to print: without control characters.
#pragma once

#include <string>

#include "manifest/error.hpp"
#include "manifest/shell_quote.hpp"

namespace mpr::manifest {

class ManifestError : public Error {
 public:
  explicit ManifestError(const std::string& message, const std::string& hint = {})
      : Error(printable(message), printable(hint)) {}
};

}  // namespace mpr::manifest
