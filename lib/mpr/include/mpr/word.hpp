// Word<T>: how a job program makes a value of a word of its command line, and prints one.
//
//   template <>
//   struct mpr::Word<Range> {
//     static constexpr std::string_view name = "FROM..TO";          // in the usage
//     static Range parse(std::string_view word);                    // throws std::invalid_argument: "'x' is no range"
//     static std::string print(const Range& range);                 // without a newline
//   };
//
// A type needs what it is used for: name and parse() to be a parameter, print() to be a result. Known already are
//   whole numbers, of every size       in decimal digits; a word beyond the limits of the type is refused
//   floating-point numbers             as std::from_chars and std::to_chars read and print them, whatever the locale
//   bool                               true, false, yes, no, 1, 0; printed as true or false
//   char                               one byte
//   std::string, std::string_view, std::filesystem::path           as they are
// and, as results only: what converts to std::string_view, what has operator<<, and std::pair and std::tuple of these,
// with tabs between.
//
// Errors: parse() throws std::invalid_argument, whose text tells whoever typed the word what is wrong with it.
#pragma once

#include <concepts>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <sstream>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>

namespace mpr {

template <class T>
struct Word;

namespace word {

[[nodiscard]] int64_t parse_signed(std::string_view word, int64_t least, int64_t most);
[[nodiscard]] uint64_t parse_unsigned(std::string_view word, uint64_t most);
void parse_floating(std::string_view word, float& value);
void parse_floating(std::string_view word, double& value);
void parse_floating(std::string_view word, long double& value);
[[nodiscard]] bool parse_bool(std::string_view word);
[[nodiscard]] char parse_char(std::string_view word);

[[nodiscard]] std::string print_signed(int64_t value);
[[nodiscard]] std::string print_unsigned(uint64_t value);
[[nodiscard]] std::string print_floating(float value);
[[nodiscard]] std::string print_floating(double value);
[[nodiscard]] std::string print_floating(long double value);

template <class T, class... Others>
concept OneOf = (std::same_as<T, Others> || ...);

template <class T>
concept WholeNumber = std::integral<T> && !OneOf<T, bool, char, wchar_t, char8_t, char16_t, char32_t>;

template <class T>
concept Text = std::convertible_to<const T&, std::string_view> && !std::is_null_pointer_v<T>;

}  // namespace word

template <word::WholeNumber T>
struct Word<T> {
  static constexpr std::string_view name = "NUMBER";
  static T parse(std::string_view word) {
    using Limits = std::numeric_limits<T>;
    if constexpr (std::is_signed_v<T>) return static_cast<T>(word::parse_signed(word, Limits::min(), Limits::max()));
    return static_cast<T>(word::parse_unsigned(word, static_cast<std::make_unsigned_t<T>>(Limits::max())));
  }
  static std::string print(T value) {
    if constexpr (std::is_signed_v<T>) return word::print_signed(value);
    return word::print_unsigned(static_cast<std::make_unsigned_t<T>>(value));
  }
};

template <std::floating_point T>
struct Word<T> {
  static constexpr std::string_view name = "NUMBER";
  static T parse(std::string_view word) {
    T value{};
    word::parse_floating(word, value);
    return value;
  }
  static std::string print(T value) { return word::print_floating(value); }
};

template <>
struct Word<bool> {
  static constexpr std::string_view name = "true|false";
  static bool parse(std::string_view word) { return word::parse_bool(word); }
  static std::string print(bool value) { return value ? "true" : "false"; }
};

template <>
struct Word<char> {
  static constexpr std::string_view name = "CHARACTER";
  static char parse(std::string_view word) { return word::parse_char(word); }
  static std::string print(char value) { return {value}; }
};

template <word::Text T>
struct Word<T> {
  static constexpr std::string_view name = "TEXT";
  static T parse(std::string_view word) requires word::OneOf<T, std::string, std::string_view> { return T(word); }
  static std::string print(const T& value) { return std::string(std::string_view(value)); }
};

template <>
struct Word<std::filesystem::path> {
  static constexpr std::string_view name = "PATH";
  static std::filesystem::path parse(std::string_view word) { return word; }
  static std::string print(const std::filesystem::path& value) { return value.native(); }
};

namespace word {

template <class T>
concept Parsed = requires(std::string_view word) {
  { Word<T>::parse(word) } -> std::convertible_to<T>;
  { Word<T>::name } -> std::convertible_to<std::string_view>;
};

template <class T>
concept HasPrint = requires(const T& value) {
  { Word<T>::print(value) } -> std::convertible_to<std::string>;
};

// An address says nothing to who reads it.
template <class T>
concept Address = std::is_pointer_v<T> || std::is_null_pointer_v<T> || std::is_array_v<T> || requires(const T& value) {
  value.get();
  value.operator->();
};

template <class T>
concept Streamed = !Address<T> && requires(std::ostream & stream, const T& value) {
  stream << value;
};

template <class T>
concept Field = HasPrint<T> || Streamed<T>;

template <class T>
inline constexpr bool all_fields = false;
template <class... Fields>
inline constexpr bool all_fields<std::tuple<Fields...>> = (Field<std::decay_t<Fields>> && ...);
template <class First, class Second>
inline constexpr bool all_fields<std::pair<First, Second>> = Field<std::decay_t<First>>&& Field<std::decay_t<Second>>;

template <class T>
concept Line = Field<T> || all_fields<T>;

template <Field T>
std::string field(const T& value) {
  if constexpr (HasPrint<T>) {
    return Word<T>::print(value);
  } else {
    std::ostringstream stream;
    stream << value;
    return std::move(stream).str();
  }
}

/// Without the newline.
template <Line T>
std::string line(const T& value) {
  if constexpr (Field<T>) {
    return field(value);
  } else {
    std::string text;
    const auto add = [&text](const auto& each) { text += field(each) + '\t'; };
    std::apply([&add](const auto&... each) { (add(each), ...); }, value);
    if (!text.empty()) text.pop_back();
    return text;
  }
}

}  // namespace word
}  // namespace mpr
