// Bytes that claim to be a value from another process. The first byte says of which type; what can be read is the same
// value again when it is written and read once more.
#include "mpr/codec.hpp"

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <tuple>
#include <variant>

#include <nlohmann/json.hpp>

#include "fuzz_input.hpp"

namespace {

using namespace mpr;
using test::require;

/// A value that has others of its kind below it.
struct Tree {
  std::string name;
  std::vector<Tree> branches;
  std::unique_ptr<Tree> other;

  template <class Archive>
  void serialize(Archive& archive) {
    archive(name, branches, other);
  }
};

template <class T>
ByteBuffer encoded(const T& value) {
  ByteBuffer bytes;
  Codec<T>::encode(value, bytes);
  return bytes;
}

template <class T>
void check(Bytes bytes) {
  ByteBuffer again;
  try {
    again = encoded(Codec<T>::decode(bytes));
  } catch (const CodecError&) {
    return;
  }
  require(encoded(Codec<T>::decode(again)) == again, "a value that was read is written and read as itself");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const Bytes bytes = std::as_bytes(std::span(data + 1, size - 1));
  switch (data[0]) {
    case 'b':
      check<bool>(bytes);
      break;
    case 'i':
      check<std::vector<int>>(bytes);
      break;
    case 's':
      check<std::vector<std::string>>(bytes);
      break;
    case 'm':
      check<std::map<std::string, std::vector<std::pair<int, std::optional<bool>>>>>(bytes);
      break;
    case 'v':
      check<std::tuple<std::variant<int, std::string, std::vector<bool>>, std::set<uint16_t>>>(bytes);
      break;
    case 't':
      check<Tree>(bytes);
      break;
    case 'j':
      check<nlohmann::json>(bytes);
      break;
    default:
      break;
  }
  return 0;
}
