// LocatedJson: a JSON document that knows where each of its values is written.
//
//   LocatedJson json(text, "nightly.json");
//   for (const auto member : json.root().members())
//     if (member.key.text() == "jobs") member.value.fail("there are none");   // nightly.json:3:11: jobs: there are
//     none
//   json.set("jobs.square.timeout=5s");
//
// Beyond JSON, `//` and `/* */` comments are taken. UTF-8 only, a byte order mark is skipped.
// Ownership: owns its text. Values, and what they answer, refer to it: they are good until set() or its end.
// Errors: ManifestError from the constructor: what is not JSON or not UTF-8, a key that is twice in an object, nesting
//   deeper than kDeepest; from set() what it describes,
//   after which the document is not to be used any more.
// Threads: values may be read from several at once.
// Units & limits: 24 bytes a value above the text, strings with escapes once more; texts below 4 GiB.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace mpr::manifest {

class LocatedJson {
 public:
  static constexpr size_t kDeepest = 64;
  static constexpr size_t kLargest = UINT32_MAX - 1;

  enum class Kind : uint8_t { null, boolean_false, boolean_true, number, string, array, object, key };

  class Value;
  struct Member;
  template <class Item>
  class Items;

  LocatedJson(std::string text, std::string file_name);

  [[nodiscard]] Value root() const;

  /// `word`: PATH=VALUE. Puts VALUE (JSON if it is that, else a string) at PATH (`a.b.c`: the names of members, of
  /// which the longest that is there is meant where names have dots), making the objects on the way that are not there.
  /// Mistakes in it are then located as `--set WORD`.
  void set(std::string_view word);

 private:
  class Builder;

  using Index = uint32_t;  // of a node; 0, the root, stands for none

  struct Node {
    Index start = 0;   // in the text of its source
    Index size = 0;    // of a string, decoded, or of a number as it is written
    Index first = 0;   // of a string: where in decoded_, or kInText; of an array or object: its first element or key
    Index next = 0;    // element, key or value after this one: in an object, keys and values take turns
    Index parent = 0;  // for a key, like for its value, the object
    Kind kind = Kind::null;
  };
  static constexpr Index kInText = UINT32_MAX;

  struct Source {
    std::string name;
    std::string text;
    Index first_node = 0;
    bool is_file = true;
  };

  void parse(size_t start);  // the text of the last source, from there on
  [[noreturn]] void fail_at(size_t offset, const std::string& what, const std::string& hint = {}) const;  // of that
  [[nodiscard]] const Source& source_of(Index node) const;
  [[nodiscard]] std::string_view text_of(Index node) const;
  [[nodiscard]] std::string place_of(Index node) const;
  [[nodiscard]] std::string path_of(Index node) const;
  [[nodiscard]] Index key_before(Index value) const;
  void check_keys_once() const;  // in the objects of the last source
  void check_keys_once(Index object) const;
  [[nodiscard]] Index find_longest_key(Index object, std::string_view path) const;
  Index append(Index object, Node node);
  void put(std::string_view path, Index value);

  std::deque<Source> sources_;
  std::vector<Node> nodes_;
  std::string decoded_;  // strings that had escapes
};

/// A value (or key) of a document.
class LocatedJson::Value {
 public:
  Value(const LocatedJson& json, Index node) : json_(&json), node_(node) {}

  [[nodiscard]] Kind kind() const { return json_->nodes_[node_].kind; }
  [[nodiscard]] bool is(Kind kind) const { return this->kind() == kind; }
  /// "a string", "an array", ...
  [[nodiscard]] std::string_view kind_name() const;

  /// Of a string or key, decoded; of a number, as it is written. Empty for others.
  [[nodiscard]] std::string_view text() const { return json_->text_of(node_); }

  /// Whether it comes from set().
  [[nodiscard]] bool is_set() const { return !json_->source_of(node_).is_file; }

  /// In the order of the document; of an array, of an object; empty for others.
  [[nodiscard]] Items<Value> elements() const;
  [[nodiscard]] Items<Member> members() const;
  [[nodiscard]] std::optional<Value> find(std::string_view key) const;

  /// Throws ManifestError: where this is, and `what`.
  [[noreturn]] void fail(const std::string& what, const std::string& hint = {}) const;
  /// fail(): not `expected`, but what this is.
  [[noreturn]] void fail_kind(const std::string& expected, const std::string& hint = {}) const;
  /// "7:16", or "--set ..." for what is written there.
  [[nodiscard]] std::string position() const;

 private:
  friend class LocatedJson;

  const LocatedJson* json_;
  Index node_;
};

struct LocatedJson::Member {
  Value key;
  Value value;
};

/// The elements of an array, or members of an object: a range to iterate over, as often as wanted.
template <class Item>
class LocatedJson::Items {
 public:
  class Iterator {
   public:
    Iterator(const LocatedJson& json, Index node) : json_(&json), node_(node) {}
    [[nodiscard]] Item operator*() const {
      if constexpr (std::is_same_v<Item, Member>)
        return {Value(*json_, node_), Value(*json_, value_node())};
      else
        return Value(*json_, node_);
    }
    Iterator& operator++() {
      node_ = json_->nodes_[value_node()].next;
      return *this;
    }
    [[nodiscard]] bool operator==(const Iterator& other) const { return node_ == other.node_; }

   private:
    [[nodiscard]] Index value_node() const { return std::is_same_v<Item, Member> ? json_->nodes_[node_].next : node_; }

    const LocatedJson* json_;
    Index node_;
  };

  Items(const LocatedJson& json, Index first) : json_(&json), first_(first) {}
  [[nodiscard]] Iterator begin() const { return {*json_, first_}; }
  [[nodiscard]] Iterator end() const { return {*json_, 0}; }
  [[nodiscard]] bool empty() const { return first_ == 0; }
  [[nodiscard]] size_t size() const {
    size_t count = 0;
    for (auto item = begin(); item != end(); ++item) ++count;
    return count;
  }

 private:
  const LocatedJson* json_;
  Index first_;
};

}  // namespace mpr::manifest
