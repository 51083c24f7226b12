// expect: mpr: what cereal loads must be default constructible
#include "mpr/connection.hpp"

struct NoDefault {
  explicit NoDefault(int) {}
  std::string text;
  template <class Archive>
  void serialize(Archive& archive) {
    archive(text);
  }
};

void use(mpr::Connection& from) {
  (void)from.recv<NoDefault>();
}
