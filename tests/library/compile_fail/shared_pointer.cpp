// expect: mpr: pointers, references, views and descriptors cannot travel to another process
#include "mpr/connection.hpp"

void use(mpr::Connection& to, const std::shared_ptr<int>& shared) {
  to.send(shared);
}
