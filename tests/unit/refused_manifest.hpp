// Manifests with a mistake each, and what is said about it.
#pragma once

#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "manifest/manifest.hpp"
#include "manifest/manifest_error.hpp"

namespace mpr::test {

/// What is around the text of each mistake, which begins at line 2.
struct Frame {
  std::string before;
  std::string after;
};

inline const Frame kWholeFile{};
inline const Frame kJob{"{\"version\":1,\"jobs\":{\"a\":{\"command\":[\"x\"],\n", "}}}"};

struct Mistake {
  std::string text;
  std::string message;  // behind the name of the file
  std::string hint = {};
};

inline void check_refused(const Frame& frame, const std::vector<Mistake>& table) {
  for (const auto& mistake : table) {
    INFO(mistake.text);
    try {
      (void)manifest::parse_manifest(frame.before + mistake.text + frame.after, "n.json");
      FAIL("accepted");
    } catch (const manifest::ManifestError& error) {
      CHECK(error.what() == "n.json:" + mistake.message);
      CHECK(error.hint() == mistake.hint);
    }
  }
}

}  // namespace mpr::test
