// expect: mpr: an array cannot travel to another process: send a std::array, std::vector or std::string
#include "mpr/connection.hpp"

void use(mpr::Connection& to) {
  const int numbers[3] = {1, 2, 3};
  to.send(numbers);
}
