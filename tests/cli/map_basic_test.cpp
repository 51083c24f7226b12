// mpr map: one command over many inputs.
#include <algorithm>

#include <catch2/catch.hpp>

#include "support/mpr_command.hpp"

using namespace mpr::test;

TEST_CASE("map prints the results of a range in order") {
  const Result result = run_mpr({"map", job("square"), "--inputs", "1..4"});
  INFO(result);
  CHECK(result.success());
  CHECK(result.out == "1\n4\n9\n16\n");
  CHECK(result.err.empty());
}

TEST_CASE("map keeps the order of inputs when the first task ends last") {
  const TempDir dir;
  const Result result =
      run_mpr({"map", "-j2", "sh", "-c",
               R"(if [ $0 = 1 ]; then "$HELPER" await "$DONE"; else touch "$DONE"; fi; echo $0)", "--inputs", "1", "2"},
              env("DONE", dir / "done"));
  INFO(result);
  CHECK(result.out == "1\n2\n");
}

TEST_CASE("map reads standard input, line by line, when no inputs are given") {
  CHECK(shell("seq 4 | $MPR map $JOBS/square").out == "1\n4\n9\n16\n");
  CHECK(run_mpr({"map", "echo"}, input("no newline at the end")).out == "no newline at the end\n");
  CHECK(run_mpr({"map", "echo", "<"}, input("a\n\nb\n")).out == "< a\n< \n< b\n");
}

TEST_CASE("map over no input at all is a success that runs nothing") {
  const Result result = run_mpr({"map", "echo"}, input(""));
  INFO(result);
  CHECK(result.success());
  CHECK(result.out.empty());
  CHECK(result.err.empty());
}

TEST_CASE("map starts a task when its input line comes, not when the input ends") {
  Options options;
  options.keep_stdin = true;
  RunningMpr running({"map", "echo", "got"}, options);
  running->write("one\n");
  running->read_until("got one\n");
  running->write("two\n");
  running->read_until("got two\n");
  running->close_stdin();
  CHECK(running->wait().success());
}

TEST_CASE("inputs are read from a file and from standard input by name") {
  const TempDir dir;
  const std::string file = dir.write("names", "x\ny\n");
  CHECK(run_mpr({"map", "echo", "--inputs", "@" + file}).out == "x\ny\n");
  CHECK(run_mpr({"map", "echo", "::::", file}).out == "x\ny\n");
  CHECK(run_mpr({"map", "echo", "--inputs", "a", "@-", "b"}, input("1\n2\n")).out == "a\n1\n2\nb\n");
}

TEST_CASE("ranges keep their zeros, count down and step") {
  CHECK(run_mpr({"map", "echo", "--inputs", "008..10"}).out == "008\n009\n010\n");
  CHECK(run_mpr({"map", "echo", "--inputs", "3..1"}).out == "3\n2\n1\n");
  CHECK(run_mpr({"map", "echo", "--inputs", "0..10..5"}).out == "0\n5\n10\n");
  CHECK(run_mpr({"map", "echo", "--inputs", "a..c"}).out == "a\nb\nc\n");
}

TEST_CASE("several groups give every combination, the last varying fastest") {
  CHECK(run_mpr({"map", "echo", "--inputs", "a", "b", "--inputs", "1..2"}).out == "a 1\na 2\nb 1\nb 2\n");
  CHECK(run_mpr({"map", "echo", ":::", "a", "b", ":::", "1", "2"}).out == "a 1\na 2\nb 1\nb 2\n");
}

TEST_CASE("linked groups advance together") {
  CHECK(run_mpr({"map", "--link", "echo", "--inputs", "a", "b", "--inputs", "1..2"}).out == "a 1\nb 2\n");
  CHECK(run_mpr({"map", "echo", ":::", "a", "b", ":::+", "1", "2"}).out == "a 1\nb 2\n");
}

TEST_CASE("placeholders cut the input as its path is made") {
  const Result result = run_mpr({"map", "echo", "{}", "{.}", "{/}", "{//}", "{/.}", "--inputs", "in/cat.tar.gz"});
  CHECK(result.out == "in/cat.tar.gz in/cat.tar cat.tar.gz in cat.tar\n");
}

TEST_CASE("placeholders name groups by number and by name") {
  CHECK(run_mpr({"map", "echo", "{2}-{1}", "--inputs", "a", "--inputs", "1..2"}).out == "1-a\n2-a\n");
  CHECK(run_mpr({"map", "echo", "{size}x{name}", "--inputs", "name=a", "b", "--inputs", "size=7"}).out == "7xa\n7xb\n");
}

TEST_CASE("placeholders give the task's number, its slot and literal braces") {
  CHECK(run_mpr({"map", "-j1", "echo", "{#}", "{%}", "{{}}", "{}", "--inputs", "a", "b"}).out ==
        "1 1 {} a\n2 1 {} b\n");
}

TEST_CASE("the number of a task does not depend on the order in which tasks end") {
  const Result result = run_mpr({"map", "-j4", "echo", "{#}", "{}", "--inputs", "1..200"});
  for (const std::string& line : lines(result.out)) {
    const auto space = line.find(' ');
    CHECK(line.substr(0, space) == line.substr(space + 1));
  }
  CHECK(lines(result.out).size() == 200);
}

TEST_CASE("a script is run by sh with every value quoted") {
  CHECK(run_mpr({"map", "--shell", "echo {} | tr a-z A-Z", "--inputs", "it's", "$(id)"}).out == "IT'S\n$(ID)\n");
  CHECK(run_mpr({"map", "--shell", "echo a; echo", "--inputs", "b c"}).out == "a\nb c\n");
}

TEST_CASE("a command is executed directly, without a shell") {
  CHECK(run_mpr({"map", "echo", "$HOME", "*", ";", "--inputs", "x"}).out == "$HOME * ; x\n");
}

TEST_CASE("options end at the command, and begin again after the inputs") {
  CHECK(run_mpr({"map", "echo", "-n", "--tag", "-j", "--inputs", "1", "--tag"}).out.find("--tag -j 1") !=
        std::string::npos);
  CHECK(run_mpr({"map", "--inputs", "1", "2", "--", "echo", "--inputs", "-j"}).out == "--inputs -j 1\n--inputs -j 2\n");
}

TEST_CASE("unordered results come as tasks end") {
  const TempDir dir;
  RunningMpr running({"map", "-j2", "--unordered", "sh", "-c", R"([ $0 = 2 ] || "$HELPER" await "$GO"; echo $0)",
                      "--inputs", "1", "2"},
                     env("GO", dir / "go"));
  CHECK(running->read_until("2\n") == "2\n");  // while task 1 still runs
  touch(dir / "go");
  CHECK(running->wait().out == "2\n1\n");
}

TEST_CASE("the output of a task is never mixed with another's") {
  const TempDir dir;
  for (const char* order : {"--progress=never", "--unordered"}) {
    const Result result = run_mpr(
        {"map", "-j2", order, "sh", "-c",
         R"X(echo $0 1; touch "$DIR/$0"; "$HELPER" await "$DIR/$((3 - $0))"; echo $0 2)X", "--inputs", "1", "2"},
        env("DIR", dir.path()));
    INFO(result);
    CHECK((result.out == "1 1\n1 2\n2 1\n2 2\n" || result.out == "2 1\n2 2\n1 1\n1 2\n"));
  }
}

TEST_CASE("lines come at once, and whole, with --line-buffer") {
  const TempDir dir;
  RunningMpr running({"map", "-j2", "--line-buffer", "sh", "-c",
                      R"(echo first $0; printf second; "$HELPER" await "$GO"; echo " $0")", "--inputs", "1", "2"},
                     env("GO", dir / "go"));
  running->read_until("first 1\n");
  running->read_until("first 2\n");
  touch(dir / "go");
  auto all = lines(running->wait().out);
  std::sort(all.begin(), all.end());
  CHECK(all == std::vector<std::string>{"first 1", "first 2", "second 1", "second 2"});
}

TEST_CASE("a last line without its newline is not glued to the next task's with --line-buffer") {
  const auto all = lines(run_mpr({"map", "-j1", "--line-buffer", "printf", "%s", "--inputs", "a", "b"}).out);
  CHECK(all == std::vector<std::string>{"a", "b"});
}

TEST_CASE("without --line-buffer output is what the tasks wrote, byte for byte") {
  CHECK(run_mpr({"map", "printf", "%s", "--inputs", "a", "b"}).out == "ab");
}

TEST_CASE("tags tell which input each line belongs to, on both streams") {
  const Result result =
      run_mpr({"map", "--tag", "sh", "-c", "echo one; echo err >&2; printf two", "--inputs", "cat", "a dog"});
  CHECK(result.out == "cat\tone\ncat\ttwo\na dog\tone\na dog\ttwo\n");
  CHECK(result.err == "cat\terr\na dog\terr\n");
}

TEST_CASE("dry-run prints the commands as a shell reads them, and runs nothing") {
  const TempDir dir;
  const Result result = run_mpr({"map", "--dry-run", "touch", dir / "made", "--inputs", "a b", "c"});
  INFO(result);
  CHECK(result.success());
  CHECK(result.out == "touch " + dir / "made" + " 'a b'\ntouch " + dir / "made" + " c\n");
  CHECK_FALSE(exists(dir / "made"));
}

TEST_CASE("a task knows its number, its slot, its attempt and its run") {
  const auto all = lines(
      run_mpr({"map", "-j1", kHelper, "env", "MPR_TASK", "MPR_SLOT", "MPR_ATTEMPT", "MPR_RUN", "--inputs", "a", "b"})
          .out);
  REQUIRE(all.size() == 8);
  CHECK(std::vector(all.begin(), all.begin() + 3) == std::vector<std::string>{"1", "1", "1"});
  CHECK(std::vector(all.begin() + 4, all.begin() + 7) == std::vector<std::string>{"2", "1", "1"});
  CHECK_FALSE(all[3].empty());
  CHECK(all[3] == all[7]);
}

TEST_CASE("two runs have different ids") {
  const Argv words{"map", kHelper, "env", "MPR_RUN", "--inputs", "a"};
  CHECK(run_mpr(words).out != run_mpr(words).out);
}

TEST_CASE("a task does not get the inputs that are for others as its standard input") {
  CHECK(shell("seq 3 | $MPR map -j1 sh -c 'cat; echo $0'").out == "1\n2\n3\n");
}

TEST_CASE("slots are numbered from 1 to the number of workers") {
  for (const std::string& slot :
       lines(run_mpr({"map", "-j3", "echo", "{%}", ":::", "a", "b", "c", "d", "e", "f"}).out)) {
    CHECK_THAT(slot, Catch::StartsWith("1") || Catch::StartsWith("2") || Catch::StartsWith("3"));
  }
}

TEST_CASE("two tasks never run in one slot at the same time") {
  const TempDir dir;
  const Result result =
      run_mpr({"map", "-j3", "sh", "-c", R"(mkdir "$DIR/$MPR_SLOT" && rmdir "$DIR/$MPR_SLOT")", "--inputs", "1..100"},
              env("DIR", dir.path()));
  INFO(result);
  CHECK(result.success());
}

TEST_CASE("long tasks are not queued behind one another while a worker idles") {
  const TempDir dir;  // each of the two waits for the other
  const Result result = run_mpr(
      {"map", "-j2", "sh", "-c", R"X(touch "$DIR/$0"; "$HELPER" await "$DIR/$((3 - $0))")X", "--inputs", "1", "2"},
      env("DIR", dir.path()));
  INFO(result);
  CHECK(result.success());
}
