// expect: mpr: part of this value is a pointer, reference, view or descriptor, which cannot travel
#include "mpr/connection.hpp"

struct Shares {
  std::shared_ptr<int> shared;
  template <class Archive>
  void serialize(Archive& archive) {
    archive(shared);
  }
};

void use(mpr::Connection& to, const Shares& value) {
  to.send(value);
}
