#include "manifest/task_template.hpp"

namespace mpr::manifest {

worker::Command TaskTemplate::fill(const runner::Inputs& inputs, uint64_t place,
                                   std::optional<runner::Slot> slot) const {
  const TemplateWord::Values values{inputs, place, slot.value_or(0)};
  const auto filled = [&](const std::optional<TemplateWord>& word) { return word ? word->expand(values) : ""; };
  worker::Command filled_in;
  filled_in.argv = command.argv(inputs, place, slot.value_or(0));
  for (const Variable& variable : environment) {
    filled_in.environment.push_back(variable.value ? variable.name + "=" + variable.value->expand(values)
                                                   : variable.name);
  }
  filled_in.directory = filled(directory);
  filled_in.input = {input, filled(input_value)};
  filled_in.output = {output, filled(output_path)};
  return filled_in;
}

}  // namespace mpr::manifest
