// JsonResponse: reads one response of a Bazel worker (RFC 8259, a WorkResponse in proto3's JSON), however its bytes are
// cut. Holds no more of it than the number or name that it is at, so that an output of any length passes through.
//
//   for (JsonResponse response; !response.complete();) response.read(more, output);
//
// Fields may be absent, or null, and have their defaults then. Both spellings of a name count, as proto3 has it:
// exitCode and exit_code. Other fields may hold anything, up to kDeepest levels; one that is there twice is refused.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "utf8_check.hpp"
#include "worker/task.hpp"

namespace mpr::worker {

class JsonResponse {
 public:
  static constexpr unsigned kDeepest = 64;

  /// Takes bytes up to the end of the response, and answers how many; appends to `output` what they add to it. With
  /// fault(), it is where that showed.
  size_t read(std::string_view bytes, std::string& output);

  [[nodiscard]] bool complete() const { return state_ == State::complete; }
  [[nodiscard]] std::optional<Fault> fault() const { return fault_; }
  [[nodiscard]] int exit_code() const { return exit_code_; }

 private:
  enum class State : uint8_t {
    start,
    key_or_close,
    key,  ///< after a comma
    colon,
    value,
    value_or_close,
    string,
    escape,
    unicode,
    low_half,  ///< of a pair: must begin with a backslash ...
    low_half_u,
    literal,
    minus,
    zero,
    integer,
    point,
    fraction,
    exponent,
    exponent_sign,
    exponent_digits,
    comma_or_close,
    complete,
  };
  /// What the value that is being read is.
  enum class Field : uint8_t { other, exit_code, output, request_id };

  /// False for a byte that cannot come here.
  [[nodiscard]] bool take(char c, std::string& output);
  [[nodiscard]] bool take_between(char c);
  [[nodiscard]] bool begin_value(char c);
  [[nodiscard]] bool begin_literal(const char* rest);
  [[nodiscard]] bool begin_string(bool is_key);
  [[nodiscard]] bool open(bool object);
  [[nodiscard]] bool close(bool object);
  [[nodiscard]] bool take_in_string(char c, std::string& output);
  [[nodiscard]] bool take_escape(char c, std::string& output);
  [[nodiscard]] bool take_unicode(char c, std::string& output);
  [[nodiscard]] bool take_literal(char c);
  [[nodiscard]] bool take_in_number(char c, std::string& output);
  [[nodiscard]] bool end_string();
  [[nodiscard]] bool end_value();
  void put(char c, std::string& output);
  [[nodiscard]] bool set_number();
  [[nodiscard]] bool begin_field();
  [[nodiscard]] bool refuse(Fault fault);

  State state_ = State::start;
  Field field_ = Field::other;
  bool is_key_ = false;
  uint8_t seen_ = 0;          ///< a bit for each field
  unsigned depth_ = 0;        ///< of the value that holds what is being read
  uint64_t objects_ = 0;      ///< a bit for each level: an object, not an array
  std::string token_;         ///< a name, or a number of ours
  const char* literal_ = "";  ///< what must follow of `true`
  Utf8Check utf8_;
  unsigned digits_ = 0;  ///< of a \u escape
  unsigned unit_ = 0;
  unsigned high_half_ = 0;
  int exit_code_ = 0;
  std::optional<Fault> fault_;
};

}  // namespace mpr::worker
