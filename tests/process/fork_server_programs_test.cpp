// Programs that know nothing of mpr are the same as forks of a loaded one: what they print, byte for byte, and how they
// end, also when they fail.
#include <set>

#include "os/spawn.hpp"
#include "support/running.hpp"
#include "support/temp_dir.hpp"
#include "worker/fork_server_fit.hpp"
#include "worker_fixture.hpp"

using namespace mpr;
using namespace mpr::test;
using worker::ExecutorKind;

namespace {

// Debian's own, whatever else there is that goes by the same names.
const std::string kPath = "/usr/bin:/bin";

struct Case {
  std::vector<std::string> argv;
  std::string input{};
};

const std::vector<Case> kCases{
    {{"cat", "text", "-"}, "from stdin\n"},
    {{"cat", "no-such-file"}},
    {{"tac", "text"}},
    {{"sort", "-r", "-k2", "text"}},
    {{"sort", "--no-such-option"}},
    {{"wc", "text", "data"}},
    {{"md5sum", "text", "no-such-file"}},
    {{"sha256sum", "-"}, "abc"},
    {{"cksum", "data"}},
    {{"seq", "-w", "8", "12"}},
    {{"date", "-u", "-d", "@0"}},
    {{"ls", "-ln", "--time-style=+%s", "tree"}},
    {{"ls", "no-such-file"}},
    {{"od", "-A", "x", "-t", "x1z", "data"}},
    {{"tr", "a-z", "A-Z"}, "shout\n"},
    {{"uniq", "-c"}, "a\na\nb\n"},
    {{"cut", "-d ", "-f2", "text"}},
    {{"head", "-c", "100", "data"}},
    {{"tail", "-n", "1", "text"}},
    {{"base64", "data"}},
    {{"expr", "6", "*", "7"}},
    {{"expr", "6", "*", "x"}},
    {{"factor", "1234567890"}},
    {{"stat", "-c", "%s %n", "text"}},
    {{"printf", "%s|%5d\\n", "word", "42"}},
    {{"env", "-i", "A=1", "env"}},
    {{"grep", "-n", "b", "text"}},
    {{"grep", "nothing like it", "text"}},
    {{"grep", "-E", "(", "text"}},
    {{"sed", "-n", "s/b/B/p", "text"}},
    {{"sed", "s/b/"}},
    {{"mawk", "{ n += NF } END { print n, ENVIRON[\"LC_ALL\"] }", "text"}},
    {{"gawk", "BEGIN { printf \"%.3f\\n\", atan2(0, -1); exit 4 }"}},
    {{"jq", ".a + 1"}, "{\"a\": 41}"},
    {{"jq", "."}, "{broken"},
    {{"bc"}, "scale=20; 4*a(1)\n2^100\n"},
    {{"bc", "-l"}, "4*a(1)\n1/0\n"},
    {{"dc", "-e", "2 10 ^ p"}},
    {{"git", "hash-object", "text", "data"}},
    {{"git", "-C", "tree", "log"}},
    {{"git", "no-such-command"}},
    {{"openssl", "dgst", "-sha512", "data"}},
    {{"openssl", "prime", "97"}},
    {{"openssl", "x509", "-in", "text"}},
    {{"convert", "-size", "4x4", "gradient:red-blue", "txt:-"}},
    {{"convert", "no-such-file.png", "out.png"}},
    {{"sqlite3", ":memory:", "create table t(a); insert into t values(1),(2); select sum(a), sqlite_version() from t"}},
    {{"sqlite3", ":memory:", "select from"}},
    {{"python3", "-c", "import sys, json, hashlib; print(sys.argv, sys.executable, hashlib.md5(b'x').hexdigest())",
      "a"}},
    {{"python3", "-c", "import threading; t = threading.Thread(target=print, args=('thread',)); t.start(); t.join()"}},
    {{"python3", "-c", "raise SystemExit(3)"}},
    {{"python3", "-c", "{}['missing']"}},
    {{"python3", "-c", "import os, multiprocessing as m; print(m.get_context('fork').Pool(2).map(abs, [-1, -2]))"}},
    {{"perl", "-MPOSIX", "-e", "print \"$0 @ARGV\\n\"; print STDERR floor(2.5), \"\\n\"; exit 3", "a", "b"}},
    {{"perl", "-e", "die 'so'"}},
    {{"perl", "-e", "kill 'SEGV', $$"}},
    {{"tar", "--sort=name", "--mtime=@0", "--owner=0", "--group=0", "-cf", "-", "tree"}},
    {{"tar", "-tvf", "text"}},
    {{"gzip", "-nc", "text"}},
    {{"gzip", "-d"}, "not compressed"},
    {{"xz", "-zc", "text"}},
    {{"xz", "-dc", "text"}},
    {{"bzip2", "-c", "text"}},
    {{"zstd", "-qc", "text"}},
    {{"find", "tree", "-name", "*.txt", "-size", "-4k"}},
    {{"find", "no-such-tree"}},
    {{"diff", "-u", "--label=a", "--label=b", "text", "tree/one.txt"}},
    {{"cmp", "text", "data"}},
    {{"file", "text", "data", "tree"}},
    {{"xmllint", "--format", "-"}, "<a><b/></a>"},
    {{"xmllint", "-"}, "<a><b></a>"},
    {{"bash", "-c", "echo $0 $#; trap 'echo bye' EXIT; echo err >&2; exit 9", "name", "x"}},
    {{"bash", "-c", "echo one | cat; kill -ABRT $$"}},
    {{"dash", "-c", "for i in 1 2 3; do echo $i; done; no-such-command"}},
    {{"/usr/lib/gcc/x86_64-linux-gnu/12/cc1", "-quiet", "-O2", "good.c", "-o", "-"}},
    {{"/usr/lib/gcc/x86_64-linux-gnu/12/cc1", "-quiet", "bad.c", "-o", "-"}},
    {{"/usr/lib/gcc/x86_64-linux-gnu/12/cc1plus", "-quiet", "-O2", "good.c", "-o", "-"}},
    {{"gcc", "-c", "bad.c", "-o", "/dev/null"}},
    {{"as", "-o", "/dev/null", "bad.c"}},
    {{"readelf", "-h", "text"}},
    {{"make", "-f", "makefile", "all"}},
    {{"make", "-f", "makefile", "fail"}},
    {{"cmake", "-E", "echo", "words", "of", "cmake"}},
    {{"node", "-p", "[6*7, process.argv.length]"}},
    {{"tclsh", "-"}, "puts [expr {6 * 7}]\n"},
    {{"curl", "--no-such-option"}},
    {{"m4"}, "define(`x', `y')x\n"},
};

void make_files(const TempDir& dir) {
  dir.write("text", "a 3\nb 2\nc 1\n");
  std::string data;
  for (int i = 0; i < 1000; ++i) data += static_cast<char>(i * i % 251);
  dir.write("data", data);
  dir.write("good.c", "int square(int n) { return n * n; }\n");
  dir.write("bad.c", "int square(int n) { return n * m; }\n");
  dir.write("makefile", "all:\n\t@echo made\nfail:\n\t@false\n");
  REQUIRE(run({"sh", "-c",
               "mkdir tree; printf 'b 2\\n' >tree/one.txt; printf x >tree/two; "
               "touch -d @0 tree/one.txt tree/two tree"},
              {.directory = dir.path()})
              .success());
}

std::string text_of(const Case& each) {
  std::string text;
  for (const std::string& word : each.argv) text += word + " ";
  return text;
}

}  // namespace

TEST_CASE("programs that know nothing of mpr print and end alike by exec and by fork-server") {
  const NothingLeft nothing_left;
  const TempDir dir;
  make_files(dir);
  WorkerUnderTest worker;
  worker.like.command.directory = dir.path();
  worker.like.command.environment = {"LC_ALL=C", "TMPDIR=" + dir.path(), "PATH=" + kPath};
  worker::TaskNumber number = 0;
  const auto run_by = [&](ExecutorKind kind, const Case& each) {
    worker.like.executor = kind;
    worker.like.command.input = {worker::Input::Kind::text, each.input};
    worker.post(++number, each.argv);
    worker.send();
    return worker.await(number);
  };
  std::set<std::string> compared;
  std::set<std::string> skipped;
  for (const Case& each : kCases) {
    CAPTURE(text_of(each));
    const std::string& name = each.argv.front();
    const os::ProgramSearch program = os::find_program(name, {}, kPath.c_str());
    if (program.error != 0 || worker::why_not_fork_server(program.path)) {
      skipped.insert(name);
      continue;
    }
    compared.insert(name);
    const Report by_exec = run_by(ExecutorKind::exec, each);
    REQUIRE(by_exec.result);
    for (int time = 0; time < 2; ++time) {
      const Report forked = run_by(ExecutorKind::fork_server, each);
      REQUIRE(forked.result);
      CHECK(describe(*forked.result) == describe(*by_exec.result));
      CHECK(forked.out == by_exec.out);
      CHECK(forked.err == by_exec.err);
      CHECK(forked.result->leaked == by_exec.result->leaked);
    }
  }
  std::string names;
  for (const std::string& name : skipped) names += " " + name;
  if (!names.empty()) WARN("not compared, since there is none here that can be:" << names);
  CHECK(compared.size() >= 20);
}
