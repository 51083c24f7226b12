#include "runner/spill.hpp"

#include <random>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "os/temporary_file.hpp"
#include "runner/error.hpp"
#include "support/random_text.hpp"

using namespace mpr;
using namespace mpr::runner;

namespace {

constexpr size_t kSegment = Spill::kSegmentBytes;
constexpr size_t kTwoSegments = 2 * kSegment;

Spill spill_with(size_t memory_bytes) {
  return Spill{mpr::os::temporary_directory(), memory_bytes};
}

Spill::Extent append(Spill& spill, std::string_view text) {
  return spill.append(std::as_bytes(std::span{text}));
}

std::string text_of(Spill& spill, Spill::Extent extent) {
  std::string text;
  spill.read(extent, [&](std::span<const std::byte> piece) {
    text.append(reinterpret_cast<const char*>(piece.data()), piece.size());
  });
  return text;
}

}  // namespace

TEST_CASE("a spill gives back what was put in") {
  Spill spill = spill_with(kTwoSegments);
  const auto one = append(spill, "one");
  const auto two = append(spill, "two");
  CHECK(text_of(spill, two) == "two");
  CHECK(text_of(spill, one) == "one");
  CHECK(text_of(spill, one) == "one");
  CHECK(spill.held_bytes() == 6);
}

TEST_CASE("little is held in memory alone") {
  Spill spill{"/no/such/directory"};
  for (int i = 0; i < 1000; ++i) append(spill, std::string(1000, 'x'));
  CHECK(spill.bytes_on_disk() == 0);
}

TEST_CASE("what is more than the memory goes to disk and is read from there") {
  Spill spill = spill_with(kTwoSegments);
  std::mt19937 random{1};  // NOLINT(cert-msc51-cpp)
  const std::string text = test::random_text(random, 10 * kSegment + 12345);
  const auto extent = append(spill, text);
  CHECK(spill.bytes_on_disk() >= 8 * kSegment);
  CHECK(spill.held_bytes() == text.size());
  CHECK((text_of(spill, extent) == text));
}

TEST_CASE("a part of an extent can be read and released before the rest") {
  Spill spill = spill_with(kTwoSegments);
  std::mt19937 random{2};  // NOLINT(cert-msc51-cpp)
  const std::string text = test::random_text(random, 5 * kSegment);
  Spill::Extent left = append(spill, text);
  std::string read;
  while (left.bytes > 0) {
    const Spill::Extent piece{left.offset, std::min<uint64_t>(left.bytes, 60'000)};
    read += text_of(spill, piece);
    spill.release(piece);
    left = {left.offset + piece.bytes, left.bytes - piece.bytes};
    CHECK(spill.held_bytes() == left.bytes);
  }
  CHECK((read == text));
  CHECK(spill.bytes_on_disk() == 0);
}

TEST_CASE("released bytes give their disk space back, though others are held") {
  Spill spill = spill_with(kTwoSegments);
  const auto kept = append(spill, "kept");
  const auto large = append(spill, std::string(20 * kSegment, 'x'));
  CHECK(spill.bytes_on_disk() > 10 * kSegment);
  spill.release(large);
  CHECK(spill.bytes_on_disk() == 0);
  CHECK(spill.held_bytes() == 4);
  CHECK(text_of(spill, kept) == "kept");
}

TEST_CASE("a spill that was emptied starts over") {
  Spill spill = spill_with(kTwoSegments);
  for (int round = 0; round < 3; ++round) {
    const auto extent = append(spill, std::string(5 * kSegment + 7, static_cast<char>('a' + round)));
    CHECK(extent.offset == 0);
    CHECK((text_of(spill, extent) == std::string(5 * kSegment + 7, static_cast<char>('a' + round))));
    spill.release(extent);
    CHECK(spill.held_bytes() == 0);
    CHECK(spill.bytes_on_disk() == 0);
  }
}

TEST_CASE("nothing is a thing to append, read and release") {
  Spill spill = spill_with(kTwoSegments);
  const auto nothing = append(spill, "");
  CHECK(nothing.bytes == 0);
  CHECK(text_of(spill, nothing).empty());
  spill.release(nothing);
  const auto something = append(spill, "x");
  CHECK(text_of(spill, something) == "x");
}

TEST_CASE("a directory that cannot hold the file is told, with a way to mend it") {
  Spill spill{"/no/such/directory", kTwoSegments};
  const auto safe = append(spill, "safe");
  try {
    append(spill, std::string(4 * kSegment, 'x'));
    FAIL("there is no such directory");
  } catch (const RunError& error) {
    CHECK_THAT(error.what(), Catch::Contains("'/no/such/directory'") && Catch::Contains("No such file or directory"));
    CHECK_THAT(error.hint(), Catch::Contains("TMPDIR"));
  }
  CHECK(text_of(spill, safe) == "safe");
}

TEST_CASE("a spill holds what a plain map holds, whatever is appended and released in whatever order") {
  const auto seed = GENERATE(range(0U, 40U));
  CAPTURE(seed);
  std::mt19937 random{seed};
  Spill spill = spill_with(kTwoSegments);
  std::vector<std::pair<Spill::Extent, std::string>> held;
  uint64_t bytes = 0;
  const auto release_one = [&] {
    const size_t which = random() % held.size();
    CHECK((text_of(spill, held[which].first) == held[which].second));
    spill.release(held[which].first);
    bytes -= held[which].second.size();
    held.erase(held.begin() + static_cast<ptrdiff_t>(which));
  };
  for (int step = 0; step < 60; ++step) {
    const bool shrink = random() % 100 < (step < 30 ? 30 : 60);
    if (shrink && !held.empty()) {
      release_one();
    } else {
      constexpr size_t kSizes[] = {1, 100, 5000, kSegment - 1, kSegment, kSegment + 1, 3 * kSegment};
      const std::string text = test::random_text(random, 1 + random() % kSizes[random() % std::size(kSizes)]);
      held.emplace_back(append(spill, text), text);
      bytes += text.size();
    }
    CHECK(spill.held_bytes() == bytes);
    CHECK(spill.bytes_on_disk() <= (held.size() + 1) * 4 * kSegment);
  }
  while (!held.empty()) release_one();
  CHECK(spill.held_bytes() == 0);
  CHECK(spill.bytes_on_disk() == 0);
}
