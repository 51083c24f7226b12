#include "refused_manifest.hpp"

using mpr::test::check_refused;
using mpr::test::Frame;
using mpr::test::kJob;

namespace {

const Frame kCommand{"{\"version\":1,\"jobs\":{\"a\":{\n\"command\":", "}}}"};
const Frame kSecondJob{"{\"version\":1,\"jobs\":{\"a\":{\"command\":[\"x\"]},\"square\":{\"command\":[\"x\"],\n",
                       "}}}"};
const Frame kJobWithGroups{
    "{\"version\":1,\"jobs\":{\"a\":{\"command\":[\"x\"],\"inputs\":{\"n\":1,\"m\":2,\"k\":[3]},\n", "}}}"};

}  // namespace

TEST_CASE("mistakes of a command are told with their place", "[manifest]") {
  check_refused(
      kCommand,
      {
          {"7", "2:11: jobs.a.command: expected a string or an array of strings, not a number"},
          {"{}", "2:11: jobs.a.command: expected a string or an array of strings, not an object"},
          {"null", "2:11: jobs.a.command: expected a string or an array of strings, not null"},
          {"[]", "2:11: jobs.a.command: expected a program at least"},
          {R"("")", "2:11: jobs.a.command: the script is empty"},
          {R"([""])", "2:12: jobs.a.command[0]: an empty string is not a program"},
          {R"(["x",3])", "2:16: jobs.a.command[1]: expected a string, not a number", R"(write it as a string: "3")"},
          {R"(["x","a\u0000b"])",
           "2:16: jobs.a.command[1]: it holds a NUL byte, which no argument, path or variable can"},
          {R"(["x","{n}"])", "2:16: jobs.a.command[1]: unknown placeholder '{n}': the job has no inputs",
           "for literal braces write '{{n}}'"},
          {R"(["x","{}"])", "2:16: jobs.a.command[1]: a placeholder stands for an input, but the job has no inputs",
           "for literal braces write '{{}}'"},
          {R"(["x","{1}"])", "2:16: jobs.a.command[1]: unknown placeholder '{1}': the job has no inputs",
           "for literal braces write '{{1}}'"},
          {R"("x {n}")", "2:11: jobs.a.command: unknown placeholder '{n}': the job has no inputs",
           "for literal braces write '{{n}}'"},
          {R"("echo \"{}\"")", R"(2:11: jobs.a.command: a placeholder stands between quotes, after 'echo "')",
           "leave the quotes around it out: every value that is filled in is quoted already"},
      });
}

TEST_CASE("mistakes of the inputs are told with their place", "[manifest]") {
  check_refused(
      kJob,
      {
          {R"("inputs":true)",
           "2:10: jobs.a.inputs: expected a string, a whole number, an array of them, or an object with values, glob "
           "or from, not true"},
          {R"("inputs":1.5)",
           "2:10: jobs.a.inputs: expected a string, a whole number, an array of them, or an object with values, glob "
           "or from, not 1.5",
           R"(write it as a string: "1.5")"},
          {R"("inputs":{})", "2:10: jobs.a.inputs: expected one group of inputs at least",
           "a job without inputs runs once: leave 'inputs' out"},
          {R"("inputs":"1..x")", "2:10: jobs.a.inputs: '1..x' is not a range: 'x' is not a number",
           R"(to take it as it is, write {"values": ["1..x"]})"},
          {R"("inputs":"@")", "2:10: jobs.a.inputs: '@' names no file", "write @FILE for the lines of a file"},
          {R"("inputs":"@-")", "2:10: jobs.a.inputs: a manifest cannot read standard input: '@-'",
           "write the lines to a file, and name that: @FILE"},
          {R"("inputs":["a",["b"]])", "2:15: jobs.a.inputs[1]: expected a string or a whole number, not an array"},
          {R"("inputs":["a",1.5])", "2:15: jobs.a.inputs[1]: expected a string or a whole number, not 1.5",
           R"(write it as a string: "1.5")"},
          {R"("inputs":["a","@-"])", "2:15: jobs.a.inputs[1]: a manifest cannot read standard input: '@-'",
           "write the lines to a file, and name that: @FILE"},
          {R"("inputs":"a\u0000b")",
           "2:10: jobs.a.inputs: it holds a NUL byte, which no argument, path or variable can"},
          {R"("inputs":{"1n":1})", "2:11: jobs.a.inputs.1n: not a name for a group",
           "names begin with a letter or '_', and go on with those, digits or '-'"},
          {R"("inputs":{"n":null})",
           "2:15: jobs.a.inputs.n: expected a string, a whole number, an array of them, or an object with values, glob "
           "or from, not null"},
          {R"("inputs":{"values":"a"})",
           "2:20: jobs.a.inputs.values: expected an array of strings or whole numbers, not a string"},
          {R"("inputs":{"values":[true]})",
           "2:21: jobs.a.inputs.values[0]: expected a string or a whole number, not true"},
          {R"("inputs":{"values":["a"],"glob":"*"})",
           "2:26: jobs.a.inputs.glob: 'values' is there already: inputs are of one kind",
           "give each kind a group of its own"},
          {R"("inputs":{"glob":[]})", "2:18: jobs.a.inputs.glob: expected one pattern at least"},
          {R"("inputs":{"glob":""})", "2:18: jobs.a.inputs.glob: an empty string is not a path"},
          {R"("inputs":{"glob":["a",""]})", "2:23: jobs.a.inputs.glob[1]: an empty string is not a path"},
          {R"("inputs":{"glob":3})",
           "2:18: jobs.a.inputs.glob: expected a string or an array of strings, not a number"},
          {R"("inputs":{"split":"lines"})", "2:19: jobs.a.inputs.split: only what is read 'from' another job is split"},
          {R"("inputs":{"values":[],"split":"lines"})",
           "2:31: jobs.a.inputs.split: only what is read 'from' another job is split"},
          {R"("inputs":{"from":"b"})", "2:18: jobs.a.inputs.from: there is no job 'b'", "the jobs are: a"},
          {R"("inputs":{"from":"a"})", "2:18: jobs.a.inputs.from: a job cannot read its own output"},
          {R"("inputs":{"from":3})", "2:18: jobs.a.inputs.from: expected the name of a job, not a number"},
          {R"("inputs":{"values":["a"],"x":1})", "2:26: jobs.a.inputs.x: unknown key",
           "the keys known here: values, glob, from, split"},
          {R"("inputs":{"n":{"from":"b"}})", "2:23: jobs.a.inputs.n.from: there is no job 'b'", "the jobs are: a"},
      });
  check_refused(
      kSecondJob,
      {
          {R"("inputs":{"from":"a","split":"words"})", "2:30: jobs.square.inputs.split: 'words' is not known here",
           "what is known here: lines"},
          {R"("inputs":{"from":"aa"})", "2:18: jobs.square.inputs.from: there is no job 'aa'", "did you mean 'a'?"},
      });
  check_refused(
      kCommand,
      {
          {R"(["x","{m}"],"inputs":{"n":1})",
           "2:16: jobs.a.command[1]: unknown placeholder '{m}': the input group is named 'n'",
           "for literal braces write '{{m}}'"},
          {R"(["x","{2}"],"inputs":"a")", "2:16: jobs.a.command[1]: unknown placeholder '{2}': there is only group 1",
           "for literal braces write '{{2}}'"},
          {R"("x \"{n}\"","inputs":{"n":1})",
           R"(2:11: jobs.a.command: a placeholder stands between quotes, after 'x "')",
           "leave the quotes around it out: every value that is filled in is quoted already"},
          {R"("x &","inputs":{"n":1})",
           "2:11: jobs.a.command: the script does not end in a command that could take the input as one more word",
           "say with {} where in the script the input belongs"},
      });
}

TEST_CASE("mistakes of links and exclusions are told with their place", "[manifest]") {
  check_refused(
      kJobWithGroups,
      {
          {R"("link":1)",
           "2:8: jobs.a.link: expected true, an array of groups, or an array of such arrays, not a number"},
          {R"("link":[])", "2:8: jobs.a.link: expected two groups or more to link"},
          {R"("link":["n"])", "2:8: jobs.a.link: expected two groups or more to link"},
          {R"("link":["n","x"])", "2:13: jobs.a.link[1]: there is no group 'x'", "the groups are: n, m, k"},
          {R"("link":["n","n"])", "2:13: jobs.a.link[1]: group 'n' is linked already"},
          {R"("link":["n",1])", "2:13: jobs.a.link[1]: expected the name of a group, not a number"},
          {R"("link":[["n","m"],["m","k"]])", "2:20: jobs.a.link[1][0]: group 'm' is linked already"},
          {R"("link":[["n","m"],"k"])",
           "2:19: jobs.a.link[1]: expected an array of groups, like the one before, not a string"},
          {R"("link":["n",["m"]])", "2:13: jobs.a.link[1]: expected the name of a group, not an array"},
          {R"("link":[["n"]])", "2:9: jobs.a.link[0]: expected two groups or more to link"},
          {R"("exclude":{})", "2:11: jobs.a.exclude: expected an array of objects, not an object"},
          {R"("exclude":[1])", "2:12: jobs.a.exclude[0]: expected an object of groups and values, not a number"},
          {R"("exclude":[{}])", "2:12: jobs.a.exclude[0]: this would leave out every row",
           "name a group and a value of it"},
          {R"("exclude":[{"x":1}])", "2:13: jobs.a.exclude[0].x: there is no group 'x'", "the groups are: n, m, k"},
          {R"("exclude":[{"n":1.5}])", "2:17: jobs.a.exclude[0].n: expected a string or a whole number, not 1.5",
           R"(write it as a string: "1.5")"},
          {R"("exclude":[{"n":true}])", "2:17: jobs.a.exclude[0].n: expected a string or a whole number, not true"},
          {R"("links":true)", "2:1: jobs.a.links: unknown key", "did you mean 'link'?"},
      });
  check_refused(kJob, {
                          {R"("link":true)", "2:8: jobs.a.link: there are no two groups to link"},
                          {R"("inputs":1,"link":["n","m"])", "2:20: jobs.a.link[0]: there is no group 'n'",
                           "the inputs of this job have no names"},
                          {R"("exclude":[{"n":1}])", "2:13: jobs.a.exclude[0].n: there is no group 'n'",
                           "this job has no inputs"},
                          {R"("inputs":["a"],"exclude":[{"n":"a"}])",
                           "2:28: jobs.a.exclude[0].n: there is no group 'n'", "the inputs of this job have no names"},
                      });
}
