// expect: mpr: pointers, .* \(a descriptor with Connection::send_fd\)
#include "mpr/connection.hpp"

void use(mpr::Connection& to, const mpr::Connection& other) {
  to.send(other.fd());
}
