// CerealWriter, CerealReader: cereal archives over plain bytes, for Codec.
//
// Beside what cereal knows, they take the parts that Codec knows: trivially copyable structs and nlohmann::json.
//
// Unlike cereal's own binary archives, which read from a stream whatever it says, the reader believes no length that
// the bytes could not hold, and no bool that is neither 0 nor 1; it makes elements one by one as it reads them.
// Limits: values nest up to kMostNested calls of the archive deep, on both sides, so that no bytes exhaust the stack: a
//   recursive type makes two to five a level. In one value at most kMostWithoutBytes elements of containers may have no
//   bytes at all (empty structs).
#pragma once

#include <cstddef>
#include <cstring>
#include <deque>
#include <list>
#include <map>
#include <set>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <cereal/cereal.hpp>
#include <cereal/types/common.hpp>

#include "mpr/errors.hpp"
#include "mpr/travels.hpp"

namespace mpr {

class CerealWriter;
class CerealReader;

namespace codec {

inline constexpr unsigned kMostNested = 2000;
inline constexpr size_t kMostWithoutBytes = 65536;

template <class T>
inline constexpr bool known_to_cereal_alone = false;
template <class T>
inline constexpr bool known_to_cereal_alone<cereal::base_class<T>> = true;
template <class T>
inline constexpr bool known_to_cereal_alone<cereal::virtual_base_class<T>> = true;
template <class T>
inline constexpr bool known_to_cereal_alone<cereal::DeferredData<T>> = true;

template <class T>
concept Savable = known_to_cereal_alone<T> || cereal::traits::is_output_serializable<T, CerealWriter>::value;
template <class T>
concept Loadable = known_to_cereal_alone<T> || cereal::traits::is_input_serializable<T, CerealReader>::value;
template <class T>
concept Cereal = !PointsElsewhere<T> && !Json<T> && Savable<T> && Loadable<T>;

/// One call of an archive inside another.
class Nested {
 public:
  explicit Nested(unsigned& depth) : depth_(depth) {
    if (++depth_ > kMostNested) throw CodecError("a value that is nested too deep");
  }
  Nested(const Nested&) = delete;
  Nested& operator=(const Nested&) = delete;
  ~Nested() { --depth_; }

 private:
  unsigned& depth_;
};

/// Containers that cereal would make as long as they claim to be before it reads the first element.
template <class T>
inline constexpr bool grows_by_element = false;
template <class T, class Allocator>
requires(!std::is_arithmetic_v<T>) inline constexpr bool grows_by_element<std::vector<T, Allocator>> = true;
template <class T, class Allocator>
inline constexpr bool grows_by_element<std::deque<T, Allocator>> = true;
template <class T, class Allocator>
inline constexpr bool grows_by_element<std::list<T, Allocator>> = true;

/// Containers in which cereal would turn round the order of equal keys.
template <class T>
inline constexpr bool keeps_equal_keys = false;
template <class... T>
inline constexpr bool keeps_equal_keys<std::multimap<T...>> = true;
template <class... T>
inline constexpr bool keeps_equal_keys<std::multiset<T...>> = true;

void put_json(const nlohmann::json& value, std::vector<std::byte>& to);
void get_json(std::span<const std::byte> from, nlohmann::json& to);

/// Served: cereal has a function for it, on the side that asks.
template <class T, bool Served>
constexpr void require_part() {
  static_assert(!PointsElsewhere<T>,
                "mpr: part of this value is a pointer, reference, view or descriptor, which cannot travel to another "
                "process: send the value itself");
  static_assert(PointsElsewhere<T> || Json<T> || Served || (Plain<T> && !Savable<T> && !Loadable<T>),
                "mpr: part of this value cannot travel to another process: make it trivially copyable, or give it a "
                "cereal serialize() (for rarer standard types, include <cereal/types/...>)");
}

}  // namespace codec

class CerealWriter : public cereal::OutputArchive<CerealWriter, cereal::AllowEmptyClassElision> {
 public:
  explicit CerealWriter(std::vector<std::byte>& to) : OutputArchive(this), to_(to) {}

  template <class... Parts>
  CerealWriter& operator()(Parts&&... parts) {
    (write(std::forward<Parts>(parts)), ...);
    return *this;
  }
  template <class Part>
  CerealWriter& operator&(Part&& part) {
    return (*this)(std::forward<Part>(part));
  }
  template <class Part>
  CerealWriter& operator<<(Part&& part) {
    return (*this)(std::forward<Part>(part));
  }

  void put(const void* data, size_t bytes) {
    const auto* first = static_cast<const std::byte*>(data);
    to_.insert(to_.end(), first, first + bytes);
  }

 private:
  template <class Part>
  void write(Part&& part) {
    using T = std::remove_cvref_t<Part>;
    codec::require_part<T, codec::Savable<T>>();
    const codec::Nested nested(depth_);
    if constexpr (codec::Json<T>) {
      std::vector<std::byte> bytes;
      codec::put_json(part, bytes);
      (*this)(static_cast<cereal::size_type>(bytes.size()));
      put(bytes.data(), bytes.size());
    } else if constexpr (codec::Savable<T>) {
      OutputArchive::operator()(std::forward<Part>(part));
    } else {
      put(&part, sizeof part);
    }
  }

  std::vector<std::byte>& to_;
  unsigned depth_ = 0;
};

class CerealReader : public cereal::InputArchive<CerealReader, cereal::AllowEmptyClassElision> {
 public:
  explicit CerealReader(std::span<const std::byte> from)
      : InputArchive(this), left_(from), elements_left_(from.size() + codec::kMostWithoutBytes) {}

  template <class... Parts>
  CerealReader& operator()(Parts&&... parts) {
    (read(std::forward<Parts>(parts)), ...);
    return *this;
  }
  template <class Part>
  CerealReader& operator&(Part&& part) {
    return (*this)(std::forward<Part>(part));
  }
  template <class Part>
  CerealReader& operator>>(Part&& part) {
    return (*this)(std::forward<Part>(part));
  }

  void get(void* data, size_t bytes) {
    const std::span<const std::byte> taken = take(bytes);
    if (bytes > 0) std::memcpy(data, taken.data(), bytes);
  }
  [[nodiscard]] size_t left() const { return left_.size(); }

  /// The length of a container. All that are read together hold no more elements than there are bytes, but for a few
  /// that need none.
  [[nodiscard]] cereal::size_type get_size() {
    cereal::size_type size = 0;
    get(&size, sizeof size);
    if (size > elements_left_) throw CodecError("a length beyond the end of the bytes");
    elements_left_ -= static_cast<size_t>(size);
    return size;
  }

 private:
  [[nodiscard]] std::span<const std::byte> take(size_t bytes) {
    if (bytes > left_.size()) throw CodecError("bytes that end in the middle of a value");
    const std::span<const std::byte> taken = left_.first(bytes);
    left_ = left_.subspan(bytes);
    return taken;
  }

  template <class Part>
  void read(Part&& part) {
    using T = std::remove_cvref_t<Part>;
    codec::require_part<T, codec::Loadable<T>>();
    const codec::Nested nested(depth_);
    if constexpr (codec::Json<T>) {
      codec::get_json(take(static_cast<size_t>(get_size())), part);
    } else if constexpr (codec::grows_by_element<T>) {
      part.clear();
      for (cereal::size_type size = get_size(); size > 0; --size) (*this)(part.emplace_back());
    } else if constexpr (codec::keeps_equal_keys<T>) {
      part.clear();
      for (cereal::size_type size = get_size(); size > 0; --size) read_at_end(part);
    } else if constexpr (codec::Loadable<T>) {
      InputArchive::operator()(std::forward<Part>(part));
    } else {
      get(static_cast<void*>(&part), sizeof part);
    }
  }

  template <class Container>
  void read_at_end(Container& to) {
    typename Container::key_type key{};
    (*this)(key);
    if constexpr (requires { typename Container::mapped_type; }) {
      typename Container::mapped_type value{};
      (*this)(value);
      to.emplace_hint(to.end(), std::move(key), std::move(value));
    } else {
      to.emplace_hint(to.end(), std::move(key));
    }
  }

  std::span<const std::byte> left_;
  size_t elements_left_;
  unsigned depth_ = 0;
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
  const auto size = static_cast<cereal::size_type>(tag.size);
  archive.put(&size, sizeof size);
}

template <class T>
void CEREAL_LOAD_FUNCTION_NAME(CerealReader& archive, cereal::SizeTag<T>& tag) {
  tag.size = archive.get_size();
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
  } catch (const std::bad_alloc&) {
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
