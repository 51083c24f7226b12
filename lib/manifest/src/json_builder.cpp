// LocatedJson's constructor: a parser's events made into nodes.
#include <algorithm>

#include <nlohmann/json.hpp>

#include "json_syntax.hpp"
#include "manifest/located_json.hpp"
#include "manifest/manifest_error.hpp"
#include "utf8.hpp"

namespace mpr::manifest {
namespace {

/// Goes through a text and leaves behind how far it has come: where the parser is, of which it does not tell.
class CountingIterator {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;

  CountingIterator(const char* at, const char** reached) : at_(at), reached_(reached) {}
  reference operator*() const { return *at_; }
  CountingIterator& operator++() {
    *reached_ = ++at_;
    return *this;
  }
  bool operator==(const CountingIterator& other) const { return at_ == other.at_; }
  bool operator!=(const CountingIterator& other) const { return at_ != other.at_; }

 private:
  const char* at_;
  const char** reached_;
};

/// Of the number that `text` begins with.
size_t number_size(std::string_view text) {
  size_t at = 0;
  const auto is = [&](std::string_view any) {
    return at < text.size() && any.find(text[at]) != std::string_view::npos;
  };
  const auto skip_digits = [&] {
    while (is("0123456789")) ++at;
  };
  if (is("-")) ++at;
  if (is("0"))
    ++at;  // and no digit behind it: `01` is two numbers
  else
    skip_digits();
  if (is(".")) {
    ++at;
    skip_digits();
  }
  if (is("eE")) {
    ++at;
    if (is("+-")) ++at;
    skip_digits();
  }
  return at;
}

}  // namespace

class LocatedJson::Builder final : public nlohmann::json_sax<nlohmann::json> {
 public:
  Builder(LocatedJson& json, size_t start)
      : json_(json), text_(json.sources_.back().text), reached_(text_.data() + start), end_(start) {}

  void run() {
    const char* const from = reached_;
    const char* const to = text_.data() + text_.size();
    const bool ok = nlohmann::json::sax_parse(CountingIterator(from, &reached_), CountingIterator(to, &reached_), this,
                                              nlohmann::json::input_format_t::json, true, /*ignore_comments=*/true);
    if (!ok) fail(explain_syntax(text_, end_, expected()));
  }

  bool null() override { return add_word(Kind::null, 4); }
  bool boolean(bool value) override {
    return value ? add_word(Kind::boolean_true, 4) : add_word(Kind::boolean_false, 5);
  }
  bool number_integer(number_integer_t) override { return add_number(); }
  bool number_unsigned(number_unsigned_t) override { return add_number(); }
  bool number_float(number_float_t, const string_t&) override { return add_number(); }
  bool string(string_t& value) override { return add_string(Kind::string, value); }
  bool key(string_t& value) override { return add_string(Kind::key, value); }
  bool binary(binary_t&) override { return false; }
  bool start_object(size_t) override { return open(Kind::object); }
  bool start_array(size_t) override { return open(Kind::array); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }
  bool parse_error(size_t, const std::string&, const nlohmann::json::exception&) override { return false; }

 private:
  struct Open {
    Index node;
    Index last;  // of its elements, keys and values so far; 0: none
  };

  /// Separators included: whether they are where they belong is for the parser to say.
  [[nodiscard]] size_t next_token() const {
    size_t at = skip_blanks(text_, end_);
    while (at < text_.size() && (text_[at] == ',' || text_[at] == ':')) at = skip_blanks(text_, at + 1);
    return at;
  }

  Index add(Node node) {
    const auto index = static_cast<Index>(json_.nodes_.size());
    if (!open_.empty()) {
      auto& [parent, last] = open_.back();
      node.parent = parent;
      (last == 0 ? json_.nodes_[parent].first : json_.nodes_[last].next) = index;
      last = index;
    }
    json_.nodes_.push_back(node);
    last_kind_ = node.kind;
    return index;
  }

  bool add_word(Kind kind, size_t size) {
    const size_t start = next_token();
    end_ = start + size;
    add({.start = static_cast<Index>(start), .size = static_cast<Index>(size), .kind = kind});
    return true;
  }

  bool add_number() { return add_word(Kind::number, number_size(text_.substr(next_token()))); }

  bool add_string(Kind kind, std::string_view value) {
    const size_t start = next_token();
    end_ = static_cast<size_t>(reached_ - text_.data());
    Node node{.start = static_cast<Index>(start), .size = static_cast<Index>(value.size()), .kind = kind};
    // Every escape is longer than what it stands for.
    if (value.size() == end_ - start - 2) {
      node.start += 1;
      node.first = kInText;
    } else {
      node.first = static_cast<Index>(json_.decoded_.size());
      json_.decoded_ += value;
    }
    add(node);
    return true;
  }

  bool open(Kind kind) {
    const size_t start = next_token();
    if (open_.size() == kDeepest)
      fail({start, "nested deeper than " + std::to_string(kDeepest) + " arrays and objects", {}});
    end_ = start + 1;
    open_.push_back({add({.start = static_cast<Index>(start), .kind = kind}), 0});
    return true;
  }

  bool close() {
    end_ = next_token() + 1;
    last_kind_ = json_.nodes_[open_.back().node].kind;
    open_.pop_back();
    return true;
  }

  [[nodiscard]] Expected expected() const {
    if (open_.empty()) return json_.nodes_.size() == first_node() ? Expected::value : Expected::end;
    const bool in_object = json_.nodes_[open_.back().node].kind == Kind::object;
    if (open_.back().last == 0) return in_object ? Expected::key_or_close : Expected::value_or_close;
    if (last_kind_ == Kind::key) return Expected::colon;
    return in_object ? Expected::comma_or_close_object : Expected::comma_or_close_array;
  }

  [[nodiscard]] size_t first_node() const { return json_.sources_.back().first_node; }

  [[noreturn]] void fail(const SyntaxMistake& mistake) const { json_.fail_at(mistake.at, mistake.what, mistake.hint); }

  LocatedJson& json_;
  std::string_view text_;
  const char* reached_;
  size_t end_;  // of the last token
  Kind last_kind_ = Kind::null;
  std::vector<Open> open_;
};

LocatedJson::LocatedJson(std::string text, std::string file_name) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  // Without the mark, so that columns are those an editor shows.
  if (text.starts_with(kByteOrderMark)) text.erase(0, kByteOrderMark.size());
  sources_.push_back({.name = std::move(file_name), .text = std::move(text)});
  const std::string& all = sources_.back().text;
  if (all.size() > kLargest) throw ManifestError(sources_.back().name + ": the file is larger than 4 GiB");
  // Before the parser, to which a NUL byte is the end, and comments may hold anything.
  const size_t bad = std::min(find_not_utf8(all), all.find('\0'));
  if (bad != std::string::npos) fail_at(bad, all[bad] == '\0' ? "a NUL byte" : "not UTF-8", "manifests are UTF-8 text");
  if (skip_blanks(all, 0) == all.size()) fail_at(0, "the file is empty");
  parse(0);
  check_keys_once();
}

void LocatedJson::parse(size_t start) {
  // Before each node stands one of these bytes, or nothing: grown step by step, a million nodes would leave the memory
  // of the steps behind. A text of little else than commas must not make this the larger part, though.
  constexpr size_t kMostReserved = size_t{1} << 22U;
  const auto from = std::string_view(sources_.back().text).substr(start);
  const auto separators =
      std::count_if(from.begin(), from.end(), [](char c) { return c == ',' || c == ':' || c == '[' || c == '{'; });
  nodes_.reserve(nodes_.size() + std::min(static_cast<size_t>(separators) + 1, kMostReserved));
  Builder(*this, start).run();
}

}  // namespace mpr::manifest
