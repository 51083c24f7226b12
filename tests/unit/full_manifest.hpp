// A manifest with every key there is.
#pragma once

namespace mpr::test {

inline constexpr const char* kFullManifest = R"json(// what we do each night
{
  "$schema": "https://example.org/manifest.schema.json",
  "version": 1,
  "name": "nightly",
  "pool": {
    "workers": 4, /* of 8 */
    "affinity": "core",
    "isolate": "pid",
    "resources": { "memory": "8G", "gpu": 2, "db-writes": 1 }
  },
  "defaults": {
    "env": { "LANG": "C", "HOME": null },
    "cwd": "work",
    "timeout": "5m",
    "kill_after": 2.5,
    "retries": 2,
    "success_codes": [0, 3],
    "allow_failure": false,
    "resources": { "cpus": 2 },
    "worker": "exec",
    "capture": "keep"
  },
  "jobs": {
    "list": {
      "command": "ls | sort"
    },
    "square.all": {
      "command": ["./square", "{n}", "--of={colour}", "{#}"],
      "inputs": {
        "n": ["1..3", 7, "x", "@numbers"],
        "file": { "glob": ["*.txt", "*.md"] },
        "colour": { "values": ["red", "1..4", 5] },
        "line": { "from": "list", "split": "lines" },
        "one": 9
      },
      "link": ["n", "colour"],
      "exclude": [{ "n": 3, "colour": "red" }, { "one": "\u0039" }],
      "needs": ["list", "list"],
      "stdin": { "file": "in.txt" },
      "env": { "LANG": "de_DE", "N": "n is {n}" },
      "cwd": "{file//}",
      "timeout": 1.5e1,
      "kill_after": "0s",
      "retries": { "count": 3, "delay": "1s", "backoff": 1.5 },
      "success_codes": [255],
      "allow_failure": true,
      "resources": { "cpus": 4, "memory": "1.5G", "gpu": 2 },
      "worker": "exec",
      "capture": { "file": "out/{n}.txt" }
    },
    "count": {
      "command": ["wc"],
      "stdin": { "from": "list" },
      "needs": "square.all"
    },
    "greet": { "command": "cat; echo", "inputs": "a..c", "stdin": "hello\n\u0000" }
  }
}
)json";

}  // namespace mpr::test
