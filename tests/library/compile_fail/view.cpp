// expect: mpr: pointers, references, views and descriptors cannot travel to another process
#include "mpr/connection.hpp"

void use(mpr::Connection& to, std::span<int> view) {
  to.send(view);
}
