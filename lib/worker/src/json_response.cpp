#include "json_response.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace mpr::worker {
namespace {

constexpr size_t kLongestToken = 64;  // longer ones are no name and no number of ours

bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// Stands for itself in a string, and is a whole character.
bool is_plain(char c) {
  return c >= ' ' && c != '"' && c != '\\' && static_cast<signed char>(c) >= 0;
}

int hex_value(char c) {
  if (is_digit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::string utf8_of(unsigned code) {
  const auto tail = [code](unsigned shift) { return static_cast<char>(0x80U | ((code >> shift) & 0x3FU)); };
  if (code < 0x80) return {static_cast<char>(code)};
  if (code < 0x800) return {static_cast<char>(0xC0U | (code >> 6U)), tail(0)};
  if (code < 0x10000) return {static_cast<char>(0xE0U | (code >> 12U)), tail(6), tail(0)};
  return {static_cast<char>(0xF0U | (code >> 18U)), tail(12), tail(6), tail(0)};
}

}  // namespace

size_t JsonResponse::read(std::string_view bytes, std::string& output) {
  size_t used = 0;
  while (used < bytes.size() && !complete()) {
    if (state_ == State::string && field_ == Field::output && !is_key_ && utf8_.between_characters()) {
      const auto* const from = bytes.begin() + used;
      const auto* const to = std::find_if_not(from, bytes.end(), is_plain);
      output.append(from, to);
      used += static_cast<size_t>(to - from);
      if (to == bytes.end()) break;
    }
    if (!take(bytes[used], output)) {
      if (!fault_) fault_ = Fault::malformed;
      break;
    }
    ++used;
  }
  return used;
}

bool JsonResponse::take(char c, std::string& output) {
  switch (state_) {
    case State::string:
      return take_in_string(c, output);
    case State::escape:
      return take_escape(c, output);
    case State::unicode:
      return take_unicode(c, output);
    case State::low_half:
      state_ = State::low_half_u;
      return c == '\\';
    case State::low_half_u:
      state_ = State::unicode;
      return c == 'u';
    case State::literal:
      return take_literal(c);
    case State::minus:
    case State::zero:
    case State::integer:
    case State::point:
    case State::fraction:
    case State::exponent:
    case State::exponent_sign:
    case State::exponent_digits:
      return take_in_number(c, output);
    default:
      return is_blank(c) || take_between(c);
  }
}

bool JsonResponse::take_between(char c) {
  const bool in_object = depth_ > 0 && (objects_ & 1U) != 0;
  switch (state_) {
    case State::start:
      return c == '{' && open(true);
    case State::key_or_close:
      return c == '}' ? close(true) : c == '"' && begin_string(true);
    case State::key:
      return c == '"' && begin_string(true);
    case State::colon:
      state_ = State::value;
      return c == ':';
    case State::value_or_close:
      return c == ']' ? close(false) : begin_value(c);
    case State::value:
      return begin_value(c);
    case State::comma_or_close:
      if (c != ',') return (c == '}' && close(true)) || (c == ']' && close(false));
      state_ = in_object ? State::key : State::value;
      return true;
    default:
      return false;
  }
}

bool JsonResponse::begin_value(char c) {
  if (depth_ > 1) field_ = Field::other;
  const bool number = is_digit(c) || c == '-';
  const bool null = c == 'n';
  if (!null && field_ == Field::output && c != '"') return false;
  if (!null && !number && c != '"' && field_ != Field::other) return false;
  token_.clear();
  if (number) {
    token_ = c;
    state_ = c == '-' ? State::minus : c == '0' ? State::zero : State::integer;
    return true;
  }
  switch (c) {
    case '{':
      return open(true);
    case '[':
      return open(false);
    case '"':
      return begin_string(false);
    case 't':
      return begin_literal("rue");
    case 'f':
      return begin_literal("alse");
    case 'n':
      return begin_literal("ull");
    default:
      return false;
  }
}

bool JsonResponse::begin_literal(const char* rest) {
  literal_ = rest;
  state_ = State::literal;
  return true;
}

bool JsonResponse::begin_string(bool is_key) {
  token_.clear();
  is_key_ = is_key;
  state_ = State::string;
  return true;
}

bool JsonResponse::open(bool object) {
  if (depth_ == kDeepest) return false;
  ++depth_;
  objects_ = (objects_ << 1U) | (object ? 1U : 0U);
  state_ = object ? State::key_or_close : State::value_or_close;
  return true;
}

bool JsonResponse::close(bool object) {
  if (((objects_ & 1U) != 0) != object) return false;
  --depth_;
  objects_ >>= 1U;
  return end_value();
}

bool JsonResponse::take_in_string(char c, std::string& output) {
  const bool between = utf8_.between_characters();
  if (between && c == '"') return end_string();
  if (between && c == '\\') {
    state_ = State::escape;
    return true;
  }
  if (static_cast<unsigned char>(c) < 0x20 || !utf8_.take(static_cast<unsigned char>(c))) return false;
  put(c, output);
  return true;
}

bool JsonResponse::take_escape(char c, std::string& output) {
  constexpr std::string_view kEscapes = "\"\\/bfnrt";
  constexpr std::string_view kMeanings = "\"\\/\b\f\n\r\t";
  if (c == 'u') {
    state_ = State::unicode;
    return true;
  }
  const size_t place = kEscapes.find(c);
  if (place == std::string_view::npos) return false;
  put(kMeanings[place], output);
  state_ = State::string;
  return true;
}

bool JsonResponse::take_unicode(char c, std::string& output) {
  const int value = hex_value(c);
  if (value < 0) return false;
  unit_ = unit_ * 16 + static_cast<unsigned>(value);
  if (++digits_ < 4) return true;
  const unsigned unit = unit_;
  unit_ = digits_ = 0;
  const bool low = unit >= 0xDC00 && unit < 0xE000;
  if (low != (high_half_ != 0)) return false;
  if (unit >= 0xD800 && unit < 0xDC00) {
    high_half_ = unit;
    state_ = State::low_half;
    return true;
  }
  for (const char byte : utf8_of(low ? 0x10000 + ((high_half_ - 0xD800) << 10U) + (unit - 0xDC00) : unit))
    put(byte, output);
  high_half_ = 0;
  state_ = State::string;
  return true;
}

bool JsonResponse::take_literal(char c) {
  if (*literal_ != c) return false;
  ++literal_;
  return *literal_ != '\0' || end_value();
}

bool JsonResponse::take_in_number(char c, std::string& output) {
  const State before = state_;
  if (is_digit(c)) {
    if (before == State::zero) return false;
    if (before == State::minus) state_ = c == '0' ? State::zero : State::integer;
    if (before == State::point) state_ = State::fraction;
    if (before == State::exponent || before == State::exponent_sign) state_ = State::exponent_digits;
  } else if (c == '.' && (before == State::zero || before == State::integer)) {
    state_ = State::point;
  } else if ((c == 'e' || c == 'E') &&
             (before == State::zero || before == State::integer || before == State::fraction)) {
    state_ = State::exponent;
  } else if ((c == '+' || c == '-') && before == State::exponent) {
    state_ = State::exponent_sign;
  } else {
    const bool whole = before == State::zero || before == State::integer || before == State::fraction ||
                       before == State::exponent_digits;
    // What ends a number belongs to what follows it.
    return whole && (field_ == Field::other || set_number()) && end_value() && take(c, output);
  }
  if (token_.size() < kLongestToken) token_ += c;
  return true;
}

bool JsonResponse::end_string() {
  if (!is_key_)
    return (field_ != Field::exit_code && field_ != Field::request_id) || set_number() ? end_value() : false;
  state_ = State::colon;
  if (depth_ > 1) return true;
  return begin_field();
}

bool JsonResponse::begin_field() {
  field_ = Field::other;
  if (token_ == "exitCode" || token_ == "exit_code") field_ = Field::exit_code;
  if (token_ == "output") field_ = Field::output;
  if (token_ == "requestId" || token_ == "request_id") field_ = Field::request_id;
  if (field_ == Field::other) return true;
  const auto bit = static_cast<uint8_t>(1U << static_cast<unsigned>(field_));
  const bool twice = (seen_ & bit) != 0;
  seen_ |= bit;
  return !twice;
}

bool JsonResponse::end_value() {
  state_ = depth_ == 0 ? State::complete : State::comma_or_close;
  return true;
}

void JsonResponse::put(char c, std::string& output) {
  if (!is_key_ && field_ == Field::output) {
    output += c;
  } else if (token_.size() < kLongestToken) {
    token_ += c;
  }
}

bool JsonResponse::set_number() {
  double value = 0;
  const char* const end = token_.data() + token_.size();
  const auto [read, error] = std::from_chars(token_.data(), end, value);
  const bool whole = error == std::errc{} && read == end && std::trunc(value) == value;
  if (field_ == Field::request_id) return whole && value == 0 ? true : refuse(Fault::request);
  if (!whole || value < 0 || value > 255) return refuse(Fault::exit_code);
  exit_code_ = static_cast<int>(value);
  return true;
}

bool JsonResponse::refuse(Fault fault) {
  fault_ = fault;
  return false;
}

}  // namespace mpr::worker
