#include "refused_manifest.hpp"

using mpr::test::check_refused;
using mpr::test::Frame;
using mpr::test::kJob;
using mpr::test::kWholeFile;

namespace {

const Frame kSecondJob{"{\"version\":1,\"jobs\":{\"a\":{\"command\":[\"x\"]},\"square\":{\"command\":[\"x\"],\n",
                       "}}}"};

}  // namespace

TEST_CASE("mistakes of needs and standard input are told with their place", "[manifest]") {
  check_refused(
      kSecondJob,
      {
          {R"("needs":"squre")", "2:9: jobs.square.needs: there is no job 'squre'", "did you mean 'square'?"},
          {R"("needs":["a","b"])", "2:14: jobs.square.needs[1]: there is no job 'b'", "the jobs are: a, square"},
          {R"("needs":"square")", "2:9: jobs.square.needs: a job cannot need itself"},
          {R"("needs":3)", "2:9: jobs.square.needs: expected the name of a job or an array of them, not a number"},
          {R"("needs":[null])", "2:10: jobs.square.needs[0]: expected the name of a job, not null"},
          {R"("stdin":{"from":"square"})", "2:17: jobs.square.stdin.from: a job cannot read its own output"},
          {R"("stdin":{"from":"x"})", "2:17: jobs.square.stdin.from: there is no job 'x'", "the jobs are: a, square"},
          {R"("stdin":{})", "2:9: jobs.square.stdin: expected one of 'text', 'file' and 'from'"},
          {R"("stdin":{"text":"a","file":"b"})", "2:9: jobs.square.stdin: expected one of 'text', 'file' and 'from'"},
          {R"("stdin":{"text":1})", "2:17: jobs.square.stdin.text: expected a string, not a number",
           R"(write it as a string: "1")"},
          {R"("stdin":{"file":""})", "2:17: jobs.square.stdin.file: an empty string is not a path"},
          {R"("stdin":{"path":"x"})", "2:10: jobs.square.stdin.path: unknown key",
           "the keys known here: text, file, from"},
          {R"("stdin":3)",
           "2:9: jobs.square.stdin: expected a string or an object with text, file or from, not a number"},
      });
  check_refused(
      kWholeFile,
      {
          {"{\"version\":1,\"jobs\":{\n\"a\":{\"command\":\"x\",\"capture\":\"discard\"},\n\"b\":{\"command\":\"x\","
           "\"stdin\":{\"from\":\"a\"}}}}",
           "3:36: jobs.b.stdin.from: the output of job 'a' cannot be read: it is discarded",
           R"(give that job "capture": "keep")"},
          {"{\"version\":1,\"jobs\":{\n\"a\":{\"command\":\"x\",\"capture\":{\"file\":\"o\"}},\n\"b\":{\"command\":"
           "\"x\",\"inputs\":{\"from\":\"a\"}}}}",
           "3:37: jobs.b.inputs.from: the output of job 'a' cannot be read: it goes to a file",
           R"(give that job "capture": "keep")"},
          {"{\"version\":1,\"defaults\":{\"capture\":\"discard\"},\"jobs\":{\n\"a\":{\"command\":\"x\"},\n\"b\":{"
           "\"command\":\"x\",\"inputs\":{\"n\":{\"from\":\"a\"}}}}}",
           "3:42: jobs.b.inputs.n.from: the output of job 'a' cannot be read: it is discarded",
           R"(give that job "capture": "keep")"},
          {"{\"version\":1,\"jobs\":{\n\"a\":{\"command\":\"x\",\"needs\":\"b\"},\n\"b\":{\"command\":\"x\",\"needs\":"
           "\"a\"}}}",
           "2:28: jobs.a.needs: jobs need each other in a circle: a -> b -> a", "leave one of these needs out"},
          {"{\"version\":1,\"jobs\":{\n\"z\":{\"command\":\"x\",\"needs\":\"b\"},\n\"c\":{\"command\":\"x\",\"needs\":["
           "\"a\"]},\n\"a\":{\"command\":\"x\",\"inputs\":{\"from\":\"b\"}},\n\"b\":{\"command\":\"x\",\"stdin\":{"
           "\"from\":\"c\"},\"needs\":\"d\"},\"d\":{\"command\":\"x\"}}}",
           "3:29: jobs.c.needs[0]: jobs need each other in a circle: c -> a -> b -> c", "leave one of these needs out"},
      });
}

TEST_CASE("mistakes of the settings of a job are told with their place", "[manifest]") {
  check_refused(
      kJob,
      {
          {R"("timout":"5m")", "2:1: jobs.a.timout: unknown key", "did you mean 'timeout'?"},
          {R"("timeout":"soon")", "2:11: jobs.a.timeout: 'soon' is not a duration: a number is missing before 'soon'",
           "write it like 250ms, 30s, 5m or 1h30m"},
          {R"("timeout":0)", "2:11: jobs.a.timeout: expected a time of more than 0",
           "without 'timeout' there is no limit"},
          {R"("timeout":-1)", "2:11: jobs.a.timeout: '-1' is not a duration: it is negative",
           "write it like 250ms, 30s, 5m or 1h30m"},
          {R"("timeout":-1e3)", "2:11: jobs.a.timeout: '-1e3' is not a duration: it is negative"},
          {R"("timeout":1e30)", "2:11: jobs.a.timeout: '1e30' is not a duration: it is longer than 292 years"},
          {R"("timeout":true)",
           R"(2:11: jobs.a.timeout: expected a duration (a string such as "5m", or a number of seconds), not true)"},
          {R"("timeout":"5m5m")", "2:11: jobs.a.timeout: '5m5m' is not a duration: its units must descend, as in 1h30m",
           "write it like 250ms, 30s, 5m or 1h30m"},
          {R"("kill_after":[])",
           R"(2:14: jobs.a.kill_after: expected a duration (a string such as "5m", or a number of seconds), not an array)"},
          {R"("retries":-1)", "2:11: jobs.a.retries: expected a number from 0 to 1000000, not -1"},
          {R"("retries":1.5)", "2:11: jobs.a.retries: expected a whole number, not 1.5"},
          {R"("retries":"3")",
           "2:11: jobs.a.retries: expected a whole number or an object with count, delay and backoff, not a string"},
          {R"("retries":{})", "2:11: jobs.a.retries: 'count' is missing"},
          {R"("retries":{"count":1,"delay":"x"})",
           "2:30: jobs.a.retries.delay: 'x' is not a duration: a number is missing before 'x'",
           "write it like 250ms, 30s, 5m or 1h30m"},
          {R"("retries":{"count":1,"backoff":0.5})",
           "2:32: jobs.a.retries.backoff: expected a number of 1 or more, not 0.5"},
          {R"("retries":{"count":1,"backoff":"2"})", "2:32: jobs.a.retries.backoff: expected a number, not a string"},
          {R"("retries":{"count":1,"pause":1})", "2:22: jobs.a.retries.pause: unknown key",
           "the keys known here: count, delay, backoff"},
          {R"("success_codes":0)", "2:17: jobs.a.success_codes: expected an array of exit codes, not a number"},
          {R"("success_codes":[])", "2:17: jobs.a.success_codes: expected one exit code at least"},
          {R"("success_codes":[0,256])", "2:20: jobs.a.success_codes[1]: expected a number from 0 to 255, not 256"},
          {R"("success_codes":[0,3,0])", "2:22: jobs.a.success_codes[2]: 0 is there already"},
          {R"("success_codes":["0"])", "2:18: jobs.a.success_codes[0]: expected a whole number, not a string"},
          {R"("allow_failure":1)", "2:17: jobs.a.allow_failure: expected true or false, not a number"},
          {R"("allow_failure":"yes")", "2:17: jobs.a.allow_failure: expected true or false, not a string"},
          {R"("worker":"exce")", "2:10: jobs.a.worker: 'exce' is not known here", "did you mean 'exec'?"},
          {R"("worker":"forkserver")", "2:10: jobs.a.worker: 'forkserver' is not known here",
           "did you mean 'fork-server'?"},
          {R"("recycle_after":0)", "2:17: jobs.a.recycle_after: expected a number from 1 to 1000000000000, not 0"},
          {R"("worker":1)", "2:10: jobs.a.worker: expected a string, not a number"},
          {R"("capture":"prnit")", "2:11: jobs.a.capture: 'prnit' is not known here", "did you mean 'print'?"},
          {R"("capture":"none")", "2:11: jobs.a.capture: 'none' is not known here",
           "what is known here: print, keep, discard"},
          {R"("capture":true)",
           "2:11: jobs.a.capture: expected 'print', 'keep', 'discard' or an object with file, not true"},
          {R"("capture":{})", "2:11: jobs.a.capture: 'file' is missing"},
          {R"("capture":{"file":""})", "2:19: jobs.a.capture.file: an empty string is not a path"},
          {R"("capture":{"file":"{m}"})", "2:19: jobs.a.capture.file: unknown placeholder '{m}': the job has no inputs",
           "for literal braces write '{{m}}'"},
          {R"("capture":{"path":"x"})", "2:12: jobs.a.capture.path: unknown key", "the keys known here: file"},
          {R"("env":[])", "2:7: jobs.a.env: expected an object of strings, not an array"},
          {R"("env":{"A":1})", "2:12: jobs.a.env.A: expected a string, or null to unset it, not a number",
           R"(write it as a string: "1")"},
          {R"("env":{"":"x"})", R"(2:8: jobs.a.env[""]: a variable needs a name)"},
          {R"("env":{"A=B":"x"})", R"(2:8: jobs.a.env["A=B"]: the name of a variable cannot hold '=' or a NUL byte)"},
          {R"("env":{"MPR_SLOT":"x"})", "2:8: jobs.a.env.MPR_SLOT: mpr sets this variable itself",
           "mpr sets MPR_TASK, MPR_SLOT, MPR_ATTEMPT, MPR_RUN, MPR_JOB, MPR_CPUS"},
          {R"("env":{"A":"\u0000"})",
           "2:12: jobs.a.env.A: it holds a NUL byte, which no argument, path or variable can"},
          {R"("env":{"A":"{n}"})", "2:12: jobs.a.env.A: unknown placeholder '{n}': the job has no inputs",
           "for literal braces write '{{n}}'"},
          {R"("cwd":"")", "2:7: jobs.a.cwd: an empty string is not a path"},
          {R"("cwd":1)", "2:7: jobs.a.cwd: expected a string, not a number", R"(write it as a string: "1")"},
          {R"("cwd":"{n}")", "2:7: jobs.a.cwd: unknown placeholder '{n}': the job has no inputs",
           "for literal braces write '{{n}}'"},
          {R"("command":["y"])", "2:1: jobs.a.command: this key is there already, at 1:27"},
          {R"("frobnicate":1)", "2:1: jobs.a.frobnicate: unknown key",
           "the keys known here: command, inputs, link, exclude, needs, stdin, env, cwd, timeout, kill_after, retries, "
           "success_codes, allow_failure, resources, worker, recycle_after, capture"},
      });
}
