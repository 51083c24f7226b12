// CerealWriter, CerealReader: cereal archives over plain bytes, for Codec.
//
// Unlike cereal's own binary archives, which read from a stream whatever it says, the reader believes no length that
// the bytes which are left could not hold, and no bool that is neither 0 nor 1.
#pragma once

#include <cstddef>
#include <cstring>
#include <span>
#include <type_traits>
#include <vector>

#include <cereal/cereal.hpp>
#include <cereal/types/common.hpp>

#include "mpr/errors.hpp"

namespace mpr {

class CerealWriter : public cereal::OutputArchive<CerealWriter, cereal::AllowEmptyClassElision> {
 public:
  explicit CerealWriter(std::vector<std::byte>& to) : OutputArchive(this), to_(to) {}
  void put(const void* data, size_t bytes) {
    const auto* first = static_cast<const std::byte*>(data);
    to_.insert(to_.end(), first, first + bytes);
  }

 private:
  std::vector<std::byte>& to_;
};

class CerealReader : public cereal::InputArchive<CerealReader, cereal::AllowEmptyClassElision> {
 public:
  explicit CerealReader(std::span<const std::byte> from) : InputArchive(this), left_(from) {}
  void get(void* data, size_t bytes) {
    if (bytes > left_.size()) throw CodecError("bytes that end in the middle of a value");
    if (bytes > 0) std::memcpy(data, left_.data(), bytes);
    left_ = left_.subspan(bytes);
  }
  [[nodiscard]] size_t left() const { return left_.size(); }

 private:
  std::span<const std::byte> left_;
};

// What cereal asks an archive for, by these names.

template <class T>
requires std::is_arithmetic_v<T>
void CEREAL_SAVE_FUNCTION_NAME(CerealWriter& archive, const T& value) {
  archive.put(&value, sizeof value);
}

template <class T>
requires std::is_arithmetic_v<T>
void CEREAL_LOAD_FUNCTION_NAME(CerealReader& archive, T& value) {
  if constexpr (std::is_same_v<T, bool>) {
    unsigned char byte = 0;
    archive.get(&byte, 1);
    if (byte > 1) throw CodecError("a byte that is neither true nor false");
    value = byte == 1;
  } else {
    archive.get(&value, sizeof value);
  }
}

template <class Archive, class T>
requires(std::is_same_v<Archive, CerealWriter> ||
         std::is_same_v<Archive, CerealReader>) void CEREAL_SERIALIZE_FUNCTION_NAME(Archive& archive,
                                                                                    cereal::NameValuePair<T>& pair) {
  archive(pair.value);
}

template <class T>
void CEREAL_SAVE_FUNCTION_NAME(CerealWriter& archive, const cereal::SizeTag<T>& tag) {
  archive(static_cast<cereal::size_type>(tag.size));
}

template <class T>
void CEREAL_LOAD_FUNCTION_NAME(CerealReader& archive, cereal::SizeTag<T>& tag) {
  // An element may have no bytes at all (an empty struct), but not many of those make sense.
  constexpr size_t kMostWithoutBytes = 65536;
  cereal::size_type size = 0;
  archive(size);
  if (size > archive.left() + kMostWithoutBytes) throw CodecError("a length beyond the end of the bytes");
  tag.size = size;
}

template <class T>
void CEREAL_SAVE_FUNCTION_NAME(CerealWriter& archive, const cereal::BinaryData<T>& data) {
  archive.put(data.data, static_cast<size_t>(data.size));
}

template <class T>
void CEREAL_LOAD_FUNCTION_NAME(CerealReader& archive, cereal::BinaryData<T>& data) {
  archive.get(data.data, static_cast<size_t>(data.size));
}

namespace codec {

template <class T>
void write_cereal(const T& value, std::vector<std::byte>& to) {
  CerealWriter archive(to);
  archive(value);
}

template <class T>
T read_cereal(std::span<const std::byte> from) {
  static_assert(std::is_default_constructible_v<T>, "mpr: what cereal loads must be default constructible");
  CerealReader archive(from);
  T value{};
  try {
    archive(value);
  } catch (const Error&) {
    throw;
  } catch (const std::exception& error) {
    throw CodecError(error.what());
  }
  if (archive.left() != 0) throw CodecError("bytes left over behind a value");
  return value;
}

}  // namespace codec
}  // namespace mpr

CEREAL_REGISTER_ARCHIVE(mpr::CerealWriter)
CEREAL_REGISTER_ARCHIVE(mpr::CerealReader)
CEREAL_SETUP_ARCHIVE_TRAITS(mpr::CerealReader, mpr::CerealWriter)
