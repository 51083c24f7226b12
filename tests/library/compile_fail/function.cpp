// expect: mpr: this type cannot travel to another process: make it trivially copyable, give it a cereal
#include "mpr/connection.hpp"

void use(mpr::Connection& to, const std::function<int()>& function) {
  to.send(function);
}
