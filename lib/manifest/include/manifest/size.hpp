// How people write amounts of memory.
//
//   parse_size("500M")                 // 524288000: units are powers of 1024
//   parse_size("1.5G")  parse_size("64k")  parse_size("10MiB")  parse_size("1024")
//
// K, M, G or T, in either case, maybe followed by B or iB; no unit, or B alone, is bytes.
// Errors: parse_size throws Error for anything else, also for what does not fit 64 bits.
// Units: bytes. A fraction needs a unit; what it leaves of a byte is dropped.
#pragma once

#include <cstdint>
#include <string_view>

namespace mpr::manifest {

[[nodiscard]] uint64_t parse_size(std::string_view text);

}  // namespace mpr::manifest
