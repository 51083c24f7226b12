// Whether the templates of a job compile for its inputs.
#pragma once

#include "manifest/manifest.hpp"
#include "value_reader.hpp"

namespace mpr::manifest {

struct TemplateOf {
  JsonValue value;          ///< a string with placeholders
  const Job& job;           ///< with its name and groups
  bool is_default = false;  ///< written in the defaults, not in the job
};

void check_template(const TemplateOf& of);

/// The string is a script for sh.
void check_script(const TemplateOf& of);

}  // namespace mpr::manifest
