// Words of --set, one a line up to an empty one; behind that, the text of the manifest, or none for a small one.
#include "manifest.hpp"

namespace {

constexpr const char* kManifest = R"json({
  "version": 1,
  "defaults": {"timeout": "1s"},
  "jobs": {
    "a.b": {"command": ["x", "{n}"], "inputs": {"n": "1..3"}},
    "a": {"command": "y", "needs": ["a.b"], "env": {"X.Y": "z"}}
  }
})json";

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text = mpr::test::text_of(data, size);
  const size_t end = text.find("\n\n");
  const auto sets = mpr::test::split(text.substr(0, end), '\n');
  mpr::test::check_reading(end == std::string_view::npos ? kManifest : std::string(text.substr(end + 2)), sets);
  return 0;
}
