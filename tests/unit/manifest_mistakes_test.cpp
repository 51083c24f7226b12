#include "refused_manifest.hpp"

using mpr::test::check_refused;
using mpr::test::Frame;
using mpr::test::kWholeFile;

namespace {

const Frame kPool{"{\"version\":1,\"pool\":\n", R"(,"jobs":{"a":{"command":["x"]}}})"};
const Frame kDefaults{"{\"version\":1,\"defaults\":\n", R"(,"jobs":{"a":{"command":["x"]}}})"};
const Frame kResources{
    "{\"version\":1,\"pool\":{\"workers\":4,\"resources\":{\"memory\":\"1G\",\"gpu\":2}},\"jobs\":{\"a\":{\"command\":["
    "\"x\"],\n\"resources\":",
    "}}}"};

}  // namespace

TEST_CASE("mistakes of the document are told with their place", "[manifest]") {
  check_refused(
      kWholeFile,
      {
          {"[]", "1:1: expected an object, not an array"},
          {"7", "1:1: expected an object, not a number"},
          {"{}", "1:1: 'version' is missing", R"(write "version": 1)"},
          {R"({"version":1})", "1:1: 'jobs' is missing", R"(write "jobs": {"NAME": {"command": ["PROGRAM"]}})"},
          {R"({"version":2,"jobs":{}})", "1:12: version: version 2 is not known", "this mpr reads version 1"},
          {R"({"version":"1","jobs":{}})", "1:12: version: expected the number 1, not a string"},
          {R"({"version":1.0,"jobs":{}})", "1:12: version: version 1.0 is not known", "this mpr reads version 1"},
          {R"({"version":1,"jobs":{}})", "1:21: jobs: expected one job at least"},
          {R"({"version":1,"jobs":[]})", "1:21: jobs: expected an object of jobs by their names, not an array"},
          {"{\"version\":1,\n\"job\":{}}", "2:1: job: unknown key", "did you mean 'jobs'?"},
          {R"({"version":1,"wibble":0,"jobs":{}})", "1:14: wibble: unknown key",
           "the keys known here: $schema, version, name, pool, defaults, jobs"},
          {R"({"version":1,"name":"","jobs":{}})", "1:21: name: an empty string is not a name"},
          {R"({"version":1,"name":3,"jobs":{}})", "1:21: name: expected a string, not a number",
           R"(write it as a string: "3")"},
          {R"({"version":1,"$schema":3,"jobs":{}})", R"(1:24: ["$schema"]: expected a string, not a number)",
           R"(write it as a string: "3")"},
          {R"({"version":1,"jobs":{"a b":{}}})", R"(1:22: jobs["a b"]: not a name for a job)",
           "names begin with a letter or '_', and go on with those, digits, '-' or '.'"},
          {R"({"version":1,"jobs":{"":{}}})", R"(1:22: jobs[""]: not a name for a job)",
           "names begin with a letter or '_', and go on with those, digits, '-' or '.'"},
          {R"({"version":1,"jobs":{"a":"x"}})", "1:26: jobs.a: expected an object, not a string"},
          {R"({"version":1,"jobs":{"a":{}}})", "1:26: jobs.a: 'command' is missing",
           R"(write "command": ["PROGRAM", "ARGUMENT"] or "command": "SCRIPT")"},
          {R"({"version":1,"jobs":{"a":{},"b":{},"a":{}}})", "1:36: jobs.a: this key is there already, at 1:22"},
          {"{\"version\":1,\n \"jobs\": {\"a\": {\"command\": [\"x\"]} \"b\": {}}}",
           R"(2:35: expected ',' or '}', not '"')"},
          {"{\"version\":1,\n \"jobs\": {\"a\": {\"command\": [\"x\",]}}}",
           "2:33: expected a value after ',', not ']'"},
      });
}

TEST_CASE("mistakes of the pool are told with their place", "[manifest]") {
  check_refused(
      kPool,
      {
          {"[]", "2:1: pool: expected an object, not an array"},
          {R"({"worker":3})", "2:2: pool.worker: unknown key", "did you mean 'workers'?"},
          {R"({"workers":0})", "2:12: pool.workers: expected a number from 1 to 10000, not 0"},
          {R"({"workers":-1})", "2:12: pool.workers: expected a number from 1 to 10000, not -1"},
          {R"({"workers":2.5})", "2:12: pool.workers: expected a whole number, not 2.5"},
          {R"({"workers":true})",
           R"(2:12: pool.workers: expected a whole number, a percentage such as "50%", or "auto", not true)"},
          {R"({"workers":"many"})", "2:12: pool.workers: 'many' is not a number of workers",
           "use a number, a percentage of the CPUs such as 50%, or auto"},
          {R"({"workers":"0%"})", "2:12: pool.workers: zero workers: '0%' would run nothing",
           "use a number, a percentage of the CPUs such as 50%, or auto"},
          {R"({"workers":10001})", "2:12: pool.workers: expected a number from 1 to 10000, not 10001"},
          {R"({"affinity":"cores"})", "2:13: pool.affinity: 'cores' is not known here", "did you mean 'core'?"},
          {R"({"affinity":"wild"})", "2:13: pool.affinity: 'wild' is not known here",
           "what is known here: auto, core, thread, none"},
          {R"({"affinity":1})", "2:13: pool.affinity: expected a string, not a number"},
          {R"({"isolate":"pids"})", "2:12: pool.isolate: 'pids' is not known here", "did you mean 'pid'?"},
          {R"({"isolate":true})", "2:12: pool.isolate: expected a string, not true"},
          {R"({"resources":[]})", "2:14: pool.resources: expected an object of names and counts, not an array"},
          {R"({"resources":{"memory":"8X"}})",
           "2:24: pool.resources.memory: '8X' is not a size: unknown unit 'X' (K, M, G or T)",
           "write it like 500M, 1.5G or 1048576 (bytes)"},
          {R"({"resources":{"memory":0}})", "2:24: pool.resources.memory: expected more than no memory"},
          {R"({"resources":{"memory":1.5}})",
           R"(2:24: pool.resources.memory: expected a size (a string such as "500M", or a whole number of bytes), not 1.5)"},
          {R"({"resources":{"memory":null}})",
           R"(2:24: pool.resources.memory: expected a size (a string such as "500M", or a whole number of bytes), not null)"},
          {R"({"resources":{"gpu":0}})", "2:21: pool.resources.gpu: expected a number from 1 to 1000000, not 0"},
          {R"({"resources":{"gpu":"2"}})", "2:21: pool.resources.gpu: expected a whole number, not a string"},
          {R"({"resources":{"cpus":2}})", "2:15: pool.resources.cpus: CPUs are not given here",
           "'workers' says how many there are"},
          {R"({"resources":{"job":2}})", "2:15: pool.resources.job: a task's MPR_JOB says something else",
           "choose another name"},
          {R"({"resources":{"gpu":1000001}})",
           "2:21: pool.resources.gpu: expected a number from 1 to 1000000, not 1000001"},
          {R"({"resources":{"a b":2}})", R"(2:15: pool.resources["a b"]: not a name for a resource)",
           "names begin with a letter or '_', and go on with those, digits or '-'"},
      });
}

TEST_CASE("mistakes of the defaults are told with their place", "[manifest]") {
  check_refused(
      kDefaults,
      {
          {"[]", "2:1: defaults: expected an object, not an array"},
          {R"({"command":["x"]})", "2:2: defaults.command: this belongs to a job, it has no default",
           "write it into each job"},
          {R"({"needs":[]})", "2:2: defaults.needs: this belongs to a job, it has no default",
           "write it into each job"},
          {R"({"timout":1})", "2:2: defaults.timout: unknown key", "did you mean 'timeout'?"},
          {R"({"timeout":"soon"})",
           "2:12: defaults.timeout: 'soon' is not a duration: a number is missing before 'soon'",
           "write it like 250ms, 30s, 5m or 1h30m"},
          {R"({"cwd":"{n}"})", "2:8: defaults.cwd: for job 'a': unknown placeholder '{n}': the job has no inputs",
           "for literal braces write '{{n}}'"},
          {R"({"env":{"X":"{"}, "capture":{"file":"{1}"}})",
           "2:37: defaults.capture.file: for job 'a': unknown placeholder '{1}': the job has no inputs",
           "for literal braces write '{{1}}'"},
      });
}

TEST_CASE("resources that the pool does not have are refused", "[manifest]") {
  check_refused(
      kResources,
      {
          {"[]", "2:13: jobs.a.resources: expected an object of names and counts, not an array"},
          {R"({"cpus":0})", "2:21: jobs.a.resources.cpus: expected a number from 1 to 10000, not 0"},
          {R"({"cpus":5})", "2:21: jobs.a.resources.cpus: 5 CPUs are more than the pool's workers, which are 4"},
          {R"({"cpus":"2"})", "2:21: jobs.a.resources.cpus: expected a whole number, not a string"},
          {R"({"memory":"2G"})",
           "2:23: jobs.a.resources.memory: 2147483648 bytes are more than the pool's memory, which is 1073741824 "
           "bytes"},
          {R"({"memory":"x"})", "2:23: jobs.a.resources.memory: 'x' is not a size: it does not begin with a number",
           "write it like 500M, 1.5G or 1048576 (bytes)"},
          {R"({"gpu":3})", "2:20: jobs.a.resources.gpu: 3 is more than the pool has, which is 2"},
          {R"({"gpu":0})", "2:20: jobs.a.resources.gpu: expected a number from 1 to 1000000, not 0"},
          {R"({"gpus":1})", "2:14: jobs.a.resources.gpus: the pool has no such resource", "did you mean 'gpu'?"},
          {R"({"tape":1})", "2:14: jobs.a.resources.tape: the pool has no such resource",
           "say in pool.resources how many of it there are"},
      });
}
