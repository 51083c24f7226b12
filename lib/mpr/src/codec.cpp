#include "mpr/codec.hpp"

#include <nlohmann/json.hpp>

namespace mpr {

void codec::refuse(size_t bytes, size_t wanted) {
  throw CodecError(std::to_string(bytes) + " bytes, where values of " + std::to_string(wanted) + " were expected");
}

void Codec<nlohmann::json>::encode(const nlohmann::json& value, ByteBuffer& to) {
  const std::vector<uint8_t> cbor = nlohmann::json::to_cbor(value);
  codec::append(to, cbor.data(), cbor.size());
}

nlohmann::json Codec<nlohmann::json>::decode(Bytes from) try {
  const auto* first = reinterpret_cast<const uint8_t*>(from.data());
  return nlohmann::json::from_cbor(first, first + from.size());
} catch (const nlohmann::json::exception& error) {
  throw CodecError(error.what());
}

}  // namespace mpr
