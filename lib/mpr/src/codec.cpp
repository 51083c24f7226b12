#include "mpr/codec.hpp"

#include <nlohmann/json.hpp>

namespace mpr {
namespace {

using nlohmann::json;

constexpr size_t kMostJsonNested = 500;

bool nests_deeper(const json& value, size_t levels) {
  if (!value.is_structured()) return false;
  if (levels == 0) return true;
  for (const json& part : value) {
    if (nests_deeper(part, levels - 1)) return true;
  }
  return false;
}

/// Looks over CBOR, without making anything of it, before nlohmann's reader gets it. That one calls itself for whatever
/// is nested, indefinite strings and tags too, as deep as the bytes say; none of its options and events stops it.
/// This lets through only such heads as to_cbor() writes, and not too deep.
class CborCheck {
 public:
  explicit CborCheck(Bytes bytes) : left_(bytes) {}

  void run() {
    open_.push_back(1);
    while (!open_.empty()) {
      if (open_.back() == 0) {
        open_.pop_back();
      } else {
        --open_.back();
        item();
      }
    }
  }

 private:
  enum Major : unsigned { kUnsigned, kNegative, kBinary, kText, kArray, kMap, kTag, kOther };
  struct Head {
    unsigned major;
    unsigned detail;
    uint64_t number;
  };

  void item() {
    Head next = head();
    if (next.major == kTag) {
      // A subtype of binary data: in one to eight bytes of its own.
      if (next.detail < 24) refuse();
      next = head();
      if (next.major != kBinary) refuse();
    }
    switch (next.major) {
      case kBinary:
      case kText:
        (void)take(next.number);
        break;
      case kArray:
        open(next.number);
        break;
      case kMap:
        if (next.number > left_.size()) refuse();
        open(2 * next.number);
        break;
      default:
        break;
    }
  }

  Head head() {
    const auto first = std::to_integer<unsigned>(take(1)[0]);
    const unsigned detail = first & 31U;
    if (detail > 27) refuse();
    Head result{first >> 5U, detail, detail};
    if (detail < 24) return result;
    result.number = 0;
    for (const std::byte byte : take(uint64_t{1} << (detail - 24))) {
      result.number = result.number << 8U | std::to_integer<uint64_t>(byte);
    }
    return result;
  }

  void open(uint64_t items) {
    if (items > left_.size() || open_.size() > kMostJsonNested) refuse();
    open_.push_back(items);
  }

  Bytes take(uint64_t bytes) {
    if (bytes > left_.size()) refuse();
    const Bytes taken = left_.first(static_cast<size_t>(bytes));
    left_ = left_.subspan(static_cast<size_t>(bytes));
    return taken;
  }

  [[noreturn]] static void refuse() { throw CodecError("bytes that are not JSON as CBOR, or nested too deep"); }

  Bytes left_;
  std::vector<uint64_t> open_;  ///< items to come, in each array and object that has begun
};

}  // namespace

void codec::refuse(size_t bytes, size_t wanted) {
  throw CodecError(std::to_string(bytes) + " bytes, where values of " + std::to_string(wanted) + " were expected");
}

void codec::put_json(const json& value, ByteBuffer& to) {
  Codec<json>::encode(value, to);
}

void codec::get_json(Bytes from, json& to) {
  to = Codec<json>::decode(from);
}

void Codec<json>::encode(const json& value, ByteBuffer& to) {
  if (nests_deeper(value, kMostJsonNested)) throw CodecError("a JSON value that is nested too deep");
  const std::vector<uint8_t> cbor = json::to_cbor(value);
  codec::append(to, cbor.data(), cbor.size());
}

json Codec<json>::decode(Bytes from) try {
  CborCheck(from).run();
  const auto* first = reinterpret_cast<const uint8_t*>(from.data());
  return json::from_cbor(first, first + from.size(), true, true, json::cbor_tag_handler_t::store);
} catch (const json::exception& error) {
  throw CodecError(error.what());
}

}  // namespace mpr
