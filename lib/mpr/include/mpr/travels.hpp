// What can travel to another process, and how: the concepts that Codec chooses by.
//
//   static_assert(mpr::codec::Plain<Point>);              // as its bytes
//   static_assert(mpr::codec::PointsElsewhere<int*>);     // not at all
//
// Limits: only a type itself is looked at, not the members of a struct. One that holds a pointer is plain all the same.
#pragma once

#include <array>
#include <concepts>
#include <functional>
#include <initializer_list>
#include <iterator>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <type_traits>
#include <variant>

#include <nlohmann/json_fwd.hpp>

#include "os/unique_fd.hpp"

namespace mpr::codec {

template <class T>
concept Json = std::same_as<T, nlohmann::json>;

// A descriptor's number means another file in another process: Connection::send_fd sends the file.
template <class T>
inline constexpr bool points_elsewhere =
    std::is_pointer_v<T> || std::is_member_pointer_v<T> || std::is_reference_v<T> || std::is_null_pointer_v<T> ||
    std::input_or_output_iterator<T> || std::ranges::enable_view<T> || std::same_as<T, os::FdRef>;
template <class T>
inline constexpr bool points_elsewhere<std::reference_wrapper<T>> = true;
template <class T>
inline constexpr bool points_elsewhere<std::initializer_list<T>> = true;
// Copies of a shared pointer in two processes would share nothing.
template <class T>
inline constexpr bool points_elsewhere<std::shared_ptr<T>> = true;
template <class T>
inline constexpr bool points_elsewhere<std::weak_ptr<T>> = true;
template <class T, size_t Size>
inline constexpr bool points_elsewhere<std::array<T, Size>> = points_elsewhere<T>;

template <class T>
concept PointsElsewhere = points_elsewhere<T>;

// What says by a number which of several values is there: that number is checked, so its bytes are not just copied.
template <class T>
inline constexpr bool says_which = false;
template <class T>
inline constexpr bool says_which<std::optional<T>> = true;
template <class... T>
inline constexpr bool says_which<std::variant<T...>> = true;
template <class T, size_t Size>
inline constexpr bool says_which<std::array<T, Size>> = says_which<T>;

template <class T>
concept Plain = std::is_trivially_copyable_v<T> && std::is_move_constructible_v<T> && !std::is_array_v<T> &&
                !PointsElsewhere<T> && !says_which<T>;

}  // namespace mpr::codec
