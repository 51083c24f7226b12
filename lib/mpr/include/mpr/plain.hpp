// Plain: types whose bytes mean the same in every process of a program, and so may lie in memory that they share.
//
// Pointers, references, views and spans are not plain: what they point to belongs to one process. A struct that holds
// one is trivially copyable all the same, and it is for you not to share it.
#pragma once

#include <type_traits>

#include "mpr/travels.hpp"

namespace mpr {

using codec::PointsElsewhere;

template <class T>
concept Plain = std::is_trivially_copyable_v<T> && !PointsElsewhere<T>;

}  // namespace mpr
