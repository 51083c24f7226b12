// MPR_JOB: makes a function into a job program.
//
//   int64_t square(int64_t number) { return number * number; }
//   MPR_JOB(square, "Print the square of each whole number, one a line.")  // defines main(); the text is for --help
//
//   $ ./square 7 -8
//   49
//   64
//
// Parameters decide how words are read, see mpr/word.hpp for the types. There is a call for every so many words as the
// function has parameters; all words are read before the first call. The last parameter may also be
//   std::optional<T>   its word may be missing. Alone it makes a call for each word, or one without any; behind others,
//                      there is one call.
//   std::vector<T>     takes all words that are left, maybe none, for one call.
// Words that begin with '-' are options, but for negative numbers and whatever is behind '--'; there is one: --help.
//
// The result is printed as a line. void and an empty std::optional print nothing, a range prints a line for each
// element. What the function prints itself by stdio comes in order with that.
//
// Errors: words that are wrong make exit status 2, and nothing is called or printed. An exception that leaves a call is
//   told on stderr as "square: TEXT", and the calls for the other words go on; the first one decides the exit status: 2
//   for std::invalid_argument and std::out_of_range, by which a function refuses its words, 1 for all others. 1 also
//   when the output cannot be written.
// Ownership: a std::string_view parameter is valid during the call. Parameters are passed by value or const&.
// Processes: mpr knows such a program without running it (mpr/job_note.hpp), and runs many tasks in one process of it,
//   one after another. A task has the exit status and the output that a process of its own would have had, and one
//   that crashes or exits takes no other with it: the tasks that are left have a new process. What a function leaves
//   behind in its process, later tasks find: static variables, the environment, the working directory, the signal
//   mask, what stdout and stderr are, threads, background processes. When such a thing must not be, have each task run
//   in a process of its own. What is printed after main(), by destructors of static objects, belongs to no task.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <ranges>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "mpr/job_note.hpp"
#include "mpr/word.hpp"

// NOLINTNEXTLINE(misc-definitions-in-headers): for one file of a program
#define MPR_JOB(function, ...)                                                                   \
  MPR_JOB_NOTE                                                                                   \
  int main(int argc, char** argv) {                                                              \
    return ::mpr::job::run(::mpr::job::make(+(function)__VA_OPT__(, ) __VA_ARGS__), argc, argv); \
  }

namespace mpr::job {

using Words = std::span<const std::string_view>;
/// A call whose words have been read: does it, and answers what is to be printed.
using Call = std::function<std::string()>;
using Sink = std::function<void(std::string_view)>;

enum class Takes { one_word, one_or_none, the_rest };
struct Parameter {
  std::string_view name;
  Takes takes;
};

/// A function without its types.
struct Job {
  std::string help;
  std::vector<Parameter> parameters;
  std::function<Call(Words)> read;  ///< throws what Word<T>::parse() throws
  /// The same and the call in one go, for words that are those of one call. Appends to the text.
  std::function<void(Words, std::string&)> call;
};

/// Reads all words, makes the calls and gives what they print to `out`, piece by piece, and what there is to complain
/// about to `complain`, a line at a time. Answers the exit status; throws only what the sinks throw.
[[nodiscard]] int perform(const Job& job, std::string_view program, Words words, const Sink& out, const Sink& complain);

/// main().
[[nodiscard]] int run(const Job& job, int argc, char** argv);

/// How a parameter of type T is read from its first word on.
template <class T>
struct Argument {
  static constexpr bool readable = word::Parsed<T>;
  static Parameter parameter() { return {Word<T>::name, Takes::one_word}; }
  static T read(Words words, size_t first) { return Word<T>::parse(words[first]); }
};

template <class T>
struct Argument<std::optional<T>> {
  static constexpr bool readable = word::Parsed<T>;
  static Parameter parameter() { return {Word<T>::name, Takes::one_or_none}; }
  static std::optional<T> read(Words words, size_t first) {
    if (first == words.size()) return std::nullopt;
    return Word<T>::parse(words[first]);
  }
};

template <class T>
struct Argument<std::vector<T>> {
  static constexpr bool readable = word::Parsed<T>;
  static Parameter parameter() { return {Word<T>::name, Takes::the_rest}; }
  static std::vector<T> read(Words words, size_t first) {
    std::vector<T> values;
    values.reserve(words.size() - first);
    for (const std::string_view word : words.subspan(first)) values.push_back(Word<T>::parse(word));
    return values;
  }
};

template <class T>
inline constexpr bool is_optional = false;
template <class T>
inline constexpr bool is_optional<std::optional<T>> = true;

template <class T>
inline constexpr bool takes_one_word = true;
template <class T>
inline constexpr bool takes_one_word<std::optional<T>> = false;
template <class T>
inline constexpr bool takes_one_word<std::vector<T>> = false;

template <class T>
concept Readable = Argument<T>::readable;

template <class T>
consteval bool is_printable() {
  if constexpr (std::is_void_v<T> || word::Line<T>) {
    return true;
  } else if constexpr (is_optional<T>) {
    return is_printable<typename T::value_type>();
  } else if constexpr (std::ranges::input_range<T>) {
    return word::Line<std::ranges::range_value_t<T>>;
  } else {
    return false;
  }
}
template <class T>
concept Printable = is_printable<T>();

template <class T>
void print(T& result, std::string& to) {
  if constexpr (word::Line<std::remove_const_t<T>>) {
    to += word::line(result) + '\n';
  } else if constexpr (is_optional<std::remove_const_t<T>>) {
    if (result) job::print(*result, to);
  } else {
    for (auto&& element : result) {
      const std::ranges::range_value_t<T>& value = element;
      to += word::line(value) + '\n';
    }
  }
}

/// Only the last may take other than one word.
template <class... Parameters>
consteval bool in_order() {
  bool others[] = {true, takes_one_word<std::decay_t<Parameters>>...};
  for (size_t i = 0; i < sizeof...(Parameters); ++i) {
    if (!others[i]) return false;
  }
  return true;
}

/// The arguments for one call.
template <class... Parameters, size_t... I>
auto arguments_of([[maybe_unused]] Words words, std::index_sequence<I...> /*unused*/) {
  return std::tuple<std::decay_t<Parameters>...>{Argument<std::decay_t<Parameters>>::read(words, I)...};
}

template <class Result, class... Parameters, class Arguments>
void call(Result (*function)(Parameters...), Arguments&& arguments, std::string& text) {
  if constexpr (std::is_void_v<Result>) {
    std::apply(function, std::move(arguments));
  } else {
    decltype(auto) result = std::apply(function, std::move(arguments));
    job::print(result, text);
  }
}

template <class Result, class... Parameters>
Call read(Result (*function)(Parameters...), Words words) {
  using Arguments = std::tuple<std::decay_t<Parameters>...>;
  return [function, arguments = std::make_shared<Arguments>(
                        arguments_of<Parameters...>(words, std::index_sequence_for<Parameters...>{}))] {
    std::string text;
    job::call(function, std::move(*arguments), text);
    return text;
  };
}

template <class Result, class... Parameters>
Job make(Result (*function)(Parameters...), std::string help = {}) {
  constexpr bool kReadable = (Readable<std::decay_t<Parameters>> && ...);
  constexpr bool kByValue =
      ((!std::is_lvalue_reference_v<Parameters> || std::is_const_v<std::remove_reference_t<Parameters>>)&&...);
  constexpr bool kPrintable = Printable<std::decay_t<Result>>;
  static_assert(
      kReadable,
      "MPR_JOB: a parameter has a type that cannot be made of a word: use numbers, bool, char, std::string or "
      "std::filesystem::path, std::optional or std::vector of these, or specialise mpr::Word for the type");
  static_assert(kByValue, "MPR_JOB: parameters are passed by value or const&: results are returned");
  static_assert(in_order<Parameters...>(), "MPR_JOB: only the last parameter may be a std::optional or a std::vector");
  static_assert(kPrintable,
                "MPR_JOB: the result has a type that cannot be printed: use void, numbers, bool, char, strings, "
                "std::tuple, std::optional or a range of these, or give the type an operator<< or mpr::Word");
  if constexpr (kReadable && kByValue && kPrintable) {
    return {std::move(help),
            {Argument<std::decay_t<Parameters>>::parameter()...},
            [function](Words words) { return job::read(function, words); },
            [function](Words words, std::string& text) {
              job::call(function, arguments_of<Parameters...>(words, std::index_sequence_for<Parameters...>{}), text);
            }};
  } else {
    return {};
  }
}

}  // namespace mpr::job
