// Codec: how a value travels to another process.
//
//   T                                              travels as
//   std::string, std::vector of plain values       their bytes
//   trivially copyable (numbers, enums, structs)   its bytes, as they lie in memory
//   nlohmann::json                                 CBOR
//   whatever cereal can save and load              cereal's binary form: containers, optional, variant, tuple, and
//   (include the cereal/types/... header for it)   your own types with serialize(), save()/load()
//   anything else                                  by your own specialisation of Codec, or not at all
//
// Pointers, references, views and spans do not travel: what they point to stays behind. A struct that holds one is
// trivially copyable all the same, and it is for you not to send it.
//
// Processes: both sides are one program (forked from one another), so layout and byte order are the same.
// Errors: CodecError for bytes that are not a value of the type; never more memory than the bytes warrant. The bytes of
//   a trivially copyable type are taken on trust but for their number (and a bool's, which is checked).
#pragma once

#include <concepts>
#include <cstddef>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "mpr/cereal_bytes.hpp"
#include "mpr/errors.hpp"

namespace mpr {

using Bytes = std::span<const std::byte>;
using ByteBuffer = std::vector<std::byte>;

namespace codec {

template <class T>
concept Json = std::same_as<T, nlohmann::json>;

template <class T>
inline constexpr bool is_view = false;
template <class Char, class Traits>
inline constexpr bool is_view<std::basic_string_view<Char, Traits>> = true;
template <class T, size_t Extent>
inline constexpr bool is_view<std::span<T, Extent>> = true;
template <class T>
inline constexpr bool is_view<std::reference_wrapper<T>> = true;

template <class T>
concept PointsElsewhere = std::is_pointer_v<T> || std::is_member_pointer_v<T> || std::is_reference_v<T> ||
    std::is_null_pointer_v<T> || is_view<T>;

template <class T>
concept Plain = std::is_trivially_copyable_v<T> && !PointsElsewhere<T>;

template <class T>
concept Cereal =
    !Plain<T> && !PointsElsewhere<T> && !Json<T> && cereal::traits::is_output_serializable<T, CerealWriter>::value &&
    cereal::traits::is_input_serializable<T, CerealReader>::value;

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
                "mpr: pointers, references and views cannot travel to another process: send the value itself");
  static_assert(codec::PointsElsewhere<T> || codec::Cereal<T>,
                "mpr: this type cannot travel to another process: make it trivially copyable, give it a cereal "
                "serialize() (for standard containers, include <cereal/types/...>), or specialise mpr::Codec");
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
      return place.value;
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
    const auto* first = reinterpret_cast<const T*>(from.data());
    if (reinterpret_cast<uintptr_t>(first) % alignof(T) == 0) return {first, first + from.size() / sizeof(T)};
    std::vector<T> value(from.size() / sizeof(T));
    std::memcpy(static_cast<void*>(value.data()), from.data(), from.size());
    return value;
  }
};

template <>
struct Codec<nlohmann::json> {
  static void encode(const nlohmann::json& value, ByteBuffer& to);
  static nlohmann::json decode(Bytes from);
};

}  // namespace mpr
