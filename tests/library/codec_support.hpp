// What the tests of Codec share.
#pragma once

#include <string>

#include <catch2/catch.hpp>

#include "mpr/codec.hpp"

namespace mpr::test {

template <class T>
ByteBuffer encoded(const T& value) {
  ByteBuffer bytes;
  Codec<T>::encode(value, bytes);
  return bytes;
}

template <class T>
T there_and_back(const T& value) {
  return Codec<T>::decode(encoded(value));
}

struct Tree {
  std::string name;
  std::vector<Tree> children;
  template <class Archive>
  void serialize(Archive& archive) {
    archive(name, children);
  }
  bool operator==(const Tree&) const = default;
};

/// Decodes what may be no value at all: a value, or CodecError.
template <class T>
bool is_value(Bytes bytes) {
  try {
    (void)Codec<T>::decode(bytes);
    return true;
  } catch (const CodecError& error) {
    REQUIRE(std::string(error.what()).size() > 5);
    return false;
  }
}

inline ByteBuffer repeated(unsigned byte, size_t size) {
  return ByteBuffer(size, static_cast<std::byte>(byte));
}

/// Eight bytes: what cereal takes for a length.
inline ByteBuffer length(uint64_t number) {
  return encoded(number);
}

inline ByteBuffer operator+(ByteBuffer first, const ByteBuffer& second) {
  first.insert(first.end(), second.begin(), second.end());
  return first;
}

}  // namespace mpr::test
