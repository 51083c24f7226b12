// The words that a job of a function is given. The first byte says of which type the rest is: i int64, b int8, u
// uint32, d double, t bool, c char. What can be read is the same value when it is written and read again.
#include <cstring>
#include <stdexcept>

#include "fuzz_input.hpp"
#include "mpr/word.hpp"

namespace {

using namespace mpr;
using test::require;

template <class T>
bool same(T one, T other) {
  return std::memcmp(&one, &other, sizeof one) == 0;
}
bool same(double one, double other) {
  return one == other || (one != one && other != other);
}

template <class T>
void check(std::string_view word) {
  const T value = Word<T>::parse(word);
  require(same(Word<T>::parse(Word<T>::print(value)), value), "a value is read as it is written", word);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string_view word = test::text_of(data + 1, size - 1);
  try {
    if (data[0] == 'i') check<int64_t>(word);
    if (data[0] == 'b') check<int8_t>(word);
    if (data[0] == 'u') check<uint32_t>(word);
    if (data[0] == 'd') check<double>(word);
    if (data[0] == 't') check<bool>(word);
    if (data[0] == 'c') check<char>(word);
  } catch (const std::invalid_argument&) {
  }
  return 0;
}
