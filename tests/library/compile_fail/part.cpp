// expect: mpr: part of this value cannot travel to another process: make it trivially copyable, or give it a
#include "mpr/connection.hpp"

struct Unknown {
  std::string name;
};

void use(mpr::Connection& to, const std::map<int, std::vector<Unknown>>& values) {
  to.send(values);
}
