// Codec: how a value travels to another process.
//
//   T                                              travels as
//   std::string, std::vector of plain values       their bytes
//   trivially copyable (numbers, enums, structs)   its bytes, as they lie in memory
//   nlohmann::json                                 CBOR
//   standard containers, strings, pair, tuple,     cereal's binary form; their parts may be any of the above
//     optional, variant, unique_ptr
//   your own types with serialize(), save()/load() the same; for rarer types include their <cereal/types/...> header
//   anything else                                  by your own specialisation of Codec, or not at all
//
// Pointers, references, views, spans, iterators and descriptors do not travel: what they point to stays behind. Nor do
// shared_ptr and weak_ptr: two processes would share nothing. What a unique_ptr owns travels with it, also as its base
// class (cereal/types/polymorphic.hpp). A struct that holds a pointer is trivially copyable all the same, and it is for
// you not to send it.
//
// Processes: both sides are one program (forked from one another), so layout and byte order are the same.
// Errors: CodecError for bytes that are not a value of the type; never more memory than the bytes warrant, nor more
//   stack than the limits. The bytes of a trivially copyable type are taken on trust but for their number; a bool, an
//   optional and a variant are checked, but not in a struct of that kind. CodecError from encode() for what nests
//   deeper than the limits.
// Limits: JSON nests up to 500 deep, other values about as deep (kMostNested in mpr/cereal_bytes.hpp).
#pragma once

#include <concepts>
#include <cstddef>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include <cereal/types/array.hpp>
#include <cereal/types/deque.hpp>
#include <cereal/types/list.hpp>
#include <cereal/types/map.hpp>
#include <cereal/types/memory.hpp>
#include <cereal/types/optional.hpp>
#include <cereal/types/set.hpp>
#include <cereal/types/string.hpp>
#include <cereal/types/tuple.hpp>
#include <cereal/types/unordered_map.hpp>
#include <cereal/types/unordered_set.hpp>
#include <cereal/types/utility.hpp>
#include <cereal/types/variant.hpp>
#include <cereal/types/vector.hpp>
#include <nlohmann/json_fwd.hpp>

#include "mpr/cereal_bytes.hpp"
#include "mpr/errors.hpp"
#include "mpr/travels.hpp"

namespace mpr {

using Bytes = std::span<const std::byte>;
using ByteBuffer = std::vector<std::byte>;

namespace codec {

inline void append(ByteBuffer& to, const void* from, size_t bytes) {
  const auto* first = static_cast<const std::byte*>(from);
  to.insert(to.end(), first, first + bytes);
}

[[noreturn]] void refuse(size_t bytes, size_t wanted);

}  // namespace codec

/// encode() appends the value's bytes; decode() takes exactly what encode() appended.
template <class T>
struct Codec {
  static_assert(!codec::PointsElsewhere<T>,
                "mpr: pointers, references, views and descriptors cannot travel to another process: send the value "
                "itself (a descriptor with Connection::send_fd)");
  static_assert(!std::is_array_v<T>,
                "mpr: an array cannot travel to another process: send a std::array, std::vector or std::string");
  static_assert(codec::PointsElsewhere<T> || std::is_array_v<T> || codec::Cereal<T>,
                "mpr: this type cannot travel to another process: make it trivially copyable, give it a cereal "
                "serialize() (for rarer standard types, include <cereal/types/...>), or specialise mpr::Codec");
  static void encode(const T& value, ByteBuffer& to) { codec::write_cereal(value, to); }
  static T decode(Bytes from) { return codec::read_cereal<T>(from); }
};

template <codec::Plain T>
struct Codec<T> {
  static constexpr bool is_bytewise = true;
  static void encode(const T& value, ByteBuffer& to) { codec::append(to, &value, sizeof value); }
  static T decode(Bytes from) {
    if (from.size() != sizeof(T)) codec::refuse(from.size(), sizeof(T));
    if constexpr (std::same_as<T, bool>) {
      if (from[0] > std::byte{1}) throw CodecError("a byte that is neither true nor false");
      return from[0] == std::byte{1};
    } else {
      // Not every plain type can be made of nothing: its bytes are put where one is to be.
      union Place {
        Place() {}
        T value;
      } place;
      std::memcpy(static_cast<void*>(&place.value), from.data(), sizeof(T));
      return std::move(place.value);
    }
  }
};

namespace codec {
/// Travels as its bytes and nothing else, and so may be copied about as such: a plain type without a Codec of its own.
template <class T>
concept Bytewise = Plain<T> && requires {
  requires Codec<T>::is_bytewise;
};
}  // namespace codec

template <>
struct Codec<std::string> {
  static void encode(const std::string& value, ByteBuffer& to) { codec::append(to, value.data(), value.size()); }
  static std::string decode(Bytes from) { return {reinterpret_cast<const char*>(from.data()), from.size()}; }
};

template <codec::Bytewise T>
requires(!std::same_as<T, bool>) struct Codec<std::vector<T>> {
  static void encode(const std::vector<T>& value, ByteBuffer& to) {
    codec::append(to, value.data(), value.size() * sizeof(T));
  }
  static std::vector<T> decode(Bytes from) {
    if (from.size() % sizeof(T) != 0) codec::refuse(from.size(), sizeof(T));
    const size_t size = from.size() / sizeof(T);
    const auto* first = reinterpret_cast<const T*>(from.data());
    if (reinterpret_cast<uintptr_t>(first) % alignof(T) == 0) return std::vector<T>(first, first + size);
    if constexpr (std::is_default_constructible_v<T>) {
      std::vector<T> value(size);
      if (size > 0) std::memcpy(static_cast<void*>(value.data()), from.data(), from.size());
      return value;
    } else {
      std::vector<T> value;
      value.reserve(size);
      for (size_t i = 0; i < size; ++i) value.push_back(Codec<T>::decode(from.subspan(i * sizeof(T), sizeof(T))));
      return value;
    }
  }
};

template <>
struct Codec<nlohmann::json> {
  static void encode(const nlohmann::json& value, ByteBuffer& to);
  static nlohmann::json decode(Bytes from);
};

}  // namespace mpr
