// The manifest format as a JSON Schema (draft 2020-12), for editors and for those who write manifests with programs.
//
//   std::fputs(manifest_schema().data(), stdout);
//
// What a schema cannot say (that names exist, that templates compile, ...) is said in its descriptions.
#pragma once

#include <string_view>

namespace mpr::manifest {

/// Ends with a line end; a NUL byte follows.
[[nodiscard]] std::string_view manifest_schema();

}  // namespace mpr::manifest
