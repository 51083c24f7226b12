// square N...: prints the square of each number, one a line.
//
//   square 7          prints 49
//
// Exit status: 0; 1 when it cannot write; 2 when a word is wrong.
#include <cstdint>
#include <stdexcept>
#include <string>

#include <mpr/job.hpp>

namespace {

int64_t square(int64_t number) {
  int64_t square = 0;
  if (__builtin_mul_overflow(number, number, &square)) {
    throw std::out_of_range("'" + std::to_string(number) + "' is too large: its square does not fit in 64 bits");
  }
  return square;
}

}  // namespace

MPR_JOB(square, "Print the square of each whole number, one a line.")
