#include <random>

#include <catch2/catch.hpp>

#include "full_manifest.hpp"
#include "manifest/manifest.hpp"
#include "manifest/manifest_error.hpp"

using namespace mpr::manifest;

namespace {

/// Whether it is a manifest. What is not must be refused in one line that says where.
bool is_accepted(const std::string& text) {
  try {
    (void)parse_manifest(text, "x.json");
    return true;
  } catch (const ManifestError& error) {
    const std::string what = error.what();
    if (!what.starts_with("x.json:") || what.find('\n') != std::string::npos) FAIL(what);
    if (what.find("json.exception") != std::string::npos) FAIL(what);
  }
  return false;
}

}  // namespace

TEST_CASE("a manifest that ends too early is refused, wherever it ends", "[manifest]") {
  const std::string text = mpr::test::kFullManifest;
  const size_t end = text.rfind('}') + 1;
  for (size_t size = 0; size < end; ++size) {
    INFO(size);
    CHECK_FALSE(is_accepted(text.substr(0, size)));
  }
  CHECK(is_accepted(text.substr(0, end)));
}

TEST_CASE("a damaged manifest is refused, if it is no manifest any more", "[manifest]") {
  const std::string text = mpr::test::kFullManifest;
  std::mt19937 random(1);  // NOLINT(cert-msc51-cpp): the same each time
  size_t accepted = 0;
  constexpr size_t kTries = 4000;
  for (size_t i = 0; i < kTries; ++i) {
    std::string damaged = text;
    const size_t changes = 1 + random() % 3;
    for (size_t change = 0; change < changes; ++change) {
      const size_t at = random() % damaged.size();
      switch (random() % 4) {
        case 0:
          damaged[at] = static_cast<char>(random());
          break;
        case 1:
          damaged.erase(at, 1 + random() % 3);
          break;
        case 2:
          damaged.insert(at, 1, "{}[]\",:\\/*0-e"[random() % 13]);
          break;
        default:
          damaged[at] = static_cast<char>(static_cast<unsigned char>(damaged[at]) ^ (1U << random() % 8));
      }
    }
    if (is_accepted(damaged)) ++accepted;
  }
  CHECK(accepted < kTries / 2);
}
