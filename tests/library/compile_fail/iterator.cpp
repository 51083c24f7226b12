// expect: mpr: pointers, references, views and descriptors cannot travel to another process
#include "mpr/connection.hpp"

void use(mpr::Connection& to, std::vector<int>::iterator iterator) {
  to.send(iterator);
}
