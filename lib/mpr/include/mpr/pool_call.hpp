// How a function call travels to a worker of a Pool and its result back: the part that knows the types.
//
// A call's arguments are fields, one behind the other: a plain value as its bytes, any other as its length and its
// Codec bytes. A result is a single field.
#pragma once

#include <cstring>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "mpr/pool_batch.hpp"

namespace mpr::pool {

template <class T>
void put_field(const T& value, ByteBuffer& to) {
  if constexpr (codec::Bytewise<T>) {
    codec::append(to, &value, sizeof value);
  } else {
    const size_t at = to.size();
    uint64_t bytes = 0;
    to.resize(at + sizeof bytes);
    Codec<T>::encode(value, to);
    bytes = to.size() - at - sizeof bytes;
    std::memcpy(to.data() + at, &bytes, sizeof bytes);
  }
}

/// Takes the first field off.
template <class T>
T take_field(Bytes& from) {
  uint64_t bytes = sizeof(T);
  if constexpr (!codec::Bytewise<T>) {
    if (from.size() < sizeof bytes) throw CodecError("a call that is cut off");
    std::memcpy(&bytes, from.data(), sizeof bytes);
    from = from.subspan(sizeof bytes);
  }
  if (from.size() < bytes) throw CodecError("a call that is cut off");
  const Bytes field = from.first(bytes);
  from = from.subspan(bytes);
  return Codec<T>::decode(field);
}

template <class Result>
std::vector<Result> take_results(uint32_t count, Bytes bytes) {
  std::vector<Result> results;
  results.reserve(count);
  for (uint32_t i = 0; i < count; ++i) results.push_back(take_field<Result>(bytes));
  return results;
}

/// What an argument travels as. Text that is pointed to travels as a string.
template <class Argument>
using Stored =
    std::conditional_t<std::is_convertible_v<std::decay_t<Argument>, const char*>, std::string, std::decay_t<Argument>>;

template <class Function>
constexpr void require_portable() {
  static_assert(std::is_trivially_copyable_v<Function>,
                "mpr::Pool: the function travels to its worker as bytes, so it must be trivially copyable: a plain "
                "function, or a lambda that captures numbers and plain structs by value. Pass strings, containers and "
                "the like as arguments instead.");
}

template <class Function>
ByteBuffer bytes_of_function(const Function& function) {
  require_portable<Function>();
  const auto bytes = std::as_bytes(std::span{&function, 1});
  return ByteBuffer(bytes.begin(), bytes.end());
}

template <class Function>
struct Callable {
  union {
    Function function;
  };
  explicit Callable(const std::byte* bytes) { std::memcpy(static_cast<void*>(&function), bytes, sizeof function); }
};

/// Calls Function(Args...) for each item, which is the fields of Args.
template <class Function, class... Args>
struct Call {
  using Result = std::decay_t<std::invoke_result_t<Function&, Args...>>;

  static void run(const std::byte* function, [[maybe_unused]] Bytes items, uint32_t count, Progress& progress,
                  [[maybe_unused]] ByteBuffer& results) {
    Callable<Function> call(function);
    if constexpr (codec::Bytewise<Result>) results.reserve(count * sizeof(Result));
    for (uint32_t item = 0; item < count; ++item) {
      progress.begin(item);
      // In braces, so that the fields are taken in order.
      std::tuple<Args...> args{take_field<Args>(items)...};
      const size_t before = results.size();
      if constexpr (std::is_void_v<Result>) {
        std::apply(call.function, std::move(args));
      } else {
        try {
          put_field<Result>(std::apply(call.function, std::move(args)), results);
        } catch (...) {
          results.resize(before);  // half a result is none
          throw;
        }
      }
    }
  }
};

/// The same for one plain argument and a plain result, which lie as arrays: nothing but the calls.
template <class Function, codec::Bytewise Arg>
requires(codec::Bytewise<std::decay_t<std::invoke_result_t<Function&, Arg>>>) struct Call<Function, Arg> {
  using Result = std::decay_t<std::invoke_result_t<Function&, Arg>>;

  static void run(const std::byte* function, [[maybe_unused]] Bytes items, uint32_t count, Progress& progress,
                  [[maybe_unused]] ByteBuffer& results) {
    if (items.size() != count * sizeof(Arg)) codec::refuse(items.size(), sizeof(Arg));
    Callable<Function> call(function);
    const size_t before = results.size();
    results.resize(before + count * sizeof(Result));
    uint32_t item = 0;
    try {
      for (; item < count; ++item) {
        progress.begin(item);
        const Result result =
            std::invoke(call.function, Codec<Arg>::decode(items.subspan(item * sizeof(Arg), sizeof(Arg))));
        std::memcpy(results.data() + before + item * sizeof(Result), &result, sizeof(Result));
      }
    } catch (...) {
      results.resize(before + item * sizeof(Result));
      throw;
    }
  }
};

/// The results of a batch in the making, in any order of chunks.
template <class Result>
class Results {
 public:
  void reserve(uint64_t items, uint64_t chunk_items) {
    chunk_items_ = chunk_items;
    if constexpr (kFlat) values_.resize(items);
  }
  /// Throws CodecError, and has kept nothing, for bytes that are not `count` results.
  void put(uint64_t chunk, uint32_t count, Bytes bytes) {
    if constexpr (kFlat) {
      if (bytes.size() != count * sizeof(Result)) codec::refuse(bytes.size(), sizeof(Result));
      std::memcpy(static_cast<void*>(values_.data() + chunk * chunk_items_), bytes.data(), bytes.size());
    } else {
      if (chunk >= parts_.size()) parts_.resize(chunk + 1);
      parts_[chunk] = take_results<Result>(count, bytes);
    }
  }
  std::vector<Result> take() {
    for (auto& part : parts_) {
      for (auto&& value : part) values_.push_back(std::move(value));
    }
    return std::move(values_);
  }

 private:
  // A vector<bool> holds no bools, and what cannot be made of nothing has no place before it is there.
  static constexpr bool kFlat =
      codec::Bytewise<Result> && !std::is_same_v<Result, bool> && std::is_default_constructible_v<Result>;

  std::vector<Result> values_;
  std::vector<std::vector<Result>> parts_;
  uint64_t chunk_items_ = 1;
};

}  // namespace mpr::pool
