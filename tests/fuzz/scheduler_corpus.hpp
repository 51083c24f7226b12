// Stories of the scheduler's model that once went wrong, as files of bytes: each was found at random, or by a fuzzer,
// and cut down.
#pragma once

#include <filesystem>
#include <vector>

#include "scheduler_model.hpp"

namespace mpr::test {

[[nodiscard]] std::vector<std::filesystem::path> kept_stories();
[[nodiscard]] Tape::Bytes read_story(const std::filesystem::path& file);

/// Plays what the seed makes up. If a promise is not kept, the story is cut down and kept, and the complaint says
/// where, if it can be written there.
[[nodiscard]] Played play_and_keep(uint64_t seed);

}  // namespace mpr::test
