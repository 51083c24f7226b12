#include "runner/task_source.hpp"

#include "worker/wire.hpp"

namespace mpr::runner {

RequestWords TaskSource::requests(const Rows& rows, worker::TaskNumber first, Slot slot, size_t process_words) const {
  RequestWords requests;
  worker::WireWriter wire;
  Inputs inputs;
  for (Rows::Reader reader{rows}; reader.next(inputs); ++first) {
    const worker::Command task = command(inputs, first, slot);
    requests.words_each = static_cast<uint32_t>(task.argv.size() - process_words);
    for (size_t word = process_words; word < task.argv.size(); ++word) wire.put(task.argv[word]);
  }
  requests.bytes.assign(wire.bytes().begin(), wire.bytes().end());
  return requests;
}

}  // namespace mpr::runner
