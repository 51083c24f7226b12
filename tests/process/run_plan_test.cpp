// Runs of several jobs: what waits for what, what is read by whom, in which order all is seen, and when it counts.
#include <signal.h>

#include <filesystem>
#include <map>
#include <set>

#include <catch2/catch.hpp>

#include "run_fixture.hpp"
#include "support/temp_dir.hpp"

using namespace mpr;
using namespace mpr::runner;
using namespace mpr::test;
using namespace std::chrono_literals;

namespace {

/// One task for each input: `sh -c SCRIPT sh INPUT`.
Job script_job(const std::string& name, const std::string& script, std::vector<std::string> inputs,
               std::vector<size_t> needs = {}) {
  Job job;
  job.name = name;
  job.needs = std::move(needs);
  job.open = [script, inputs](const GatheredOutput&) -> std::unique_ptr<TaskSource> {
    return std::make_unique<ListedTasks>(script, inputs);
  };
  return job;
}

/// One task that reads what another job has written.
Job reading_job(const std::string& name, const std::string& script, size_t from) {
  Job job;
  job.name = name;
  job.needs = {from};
  job.open = [script, from](const GatheredOutput& gathered) -> std::unique_ptr<TaskSource> {
    return std::make_unique<ListedTasks>(script, std::vector<std::string>{gathered(from)});
  };
  return job;
}

std::string states(const RunReport& report) {
  static const std::map<JobState, std::string> kNames{{JobState::waiting, "waiting"}, {JobState::open, "open"},
                                                      {JobState::succeeded, "ok"},    {JobState::failed, "failed"},
                                                      {JobState::stopped, "stopped"}, {JobState::skipped, "skipped"}};
  std::string text;
  for (const JobReport& job : report.jobs) {
    text += (text.empty() ? "" : " ") + kNames.at(job.state);
    if (job.because) text += ":" + std::to_string(*job.because);
  }
  return text;
}

std::string run_plan(Plan& plan, RecordingFrontEnd& front_end, unsigned workers = 2, Recorder* recorder = nullptr,
                     uint64_t max_failures = 0) {
  OneJobOptions options = run_options(workers);
  options.max_failures = max_failures;
  const RunReport report = runner::run(options, plan, front_end, recorder);
  return states(report) + (childless() ? "" : " CHILDREN");
}

/// Says what it was told, and forgets nothing until it is committed.
class FakeRecorder final : public Recorder {
 public:
  class Known final : public KnownTask {
   public:
    explicit Known(std::string out) : out_(std::move(out)) {}
    [[nodiscard]] const worker::Result& result() const override { return result_; }
    [[nodiscard]] Slot slot() const override { return 9; }
    void read(worker::Stream stream, const std::function<void(std::span<const std::byte>)>& consume) override {
      if (stream == worker::Stream::out) consume(std::as_bytes(std::span{out_}));
    }

   private:
    std::string out_;
    worker::Result result_;
  };

  std::unique_ptr<KnownTask> find(worker::TaskNumber, const worker::Command& command) override {
    const auto found = known.find(command.argv.back());
    return found == known.end() ? nullptr : std::make_unique<Known>(found->second);
  }
  void worker_started(Slot, pid_t) override { ++workers; }
  void output(worker::TaskNumber number, worker::Stream, std::span<const std::byte> bytes) override {
    outputs[number].append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  }
  void ended(const FinishedTask& task, const worker::Command&, bool final) override {
    if (final) told.insert(task.result.number);
    ++attempts;
  }
  void job_changed(size_t, const JobReport&) override { ++job_changes; }
  [[nodiscard]] os::Duration most_delay() const override { return delay; }
  void commit(std::span<const RunningAttempt> running) override {
    committed.insert(told.begin(), told.end());
    ++commits;
    if (!running.empty()) ++commits_while_running;
    if (breaks) throw RunError("the disk is full");
  }

  std::map<std::string, std::string> known;
  std::set<worker::TaskNumber> told;
  std::set<worker::TaskNumber> committed;
  std::map<worker::TaskNumber, std::string> outputs;
  int workers = 0;
  int attempts = 0;
  int job_changes = 0;
  int commits = 0;
  int commits_while_running = 0;
  bool breaks = false;
  os::Duration delay = 10ms;
};

}  // namespace

TEST_CASE("jobs run in the order of their needs, and are seen in the order of the plan") {
  const TempDir dir;
  CHECK(in_child([&] {
          const std::string mark = dir / "mark";
          Plan plan;
          // The second can end only before the third begins; the first only after the second.
          plan.jobs.push_back(script_job("slow", "until test -e " + mark + "; do sleep 0.01; done; echo slow", {""}));
          plan.jobs.push_back(script_job("early", "echo early $1", {"1", "2", "3"}));
          plan.jobs.push_back(script_job("late", "echo late; : > " + mark, {""}, {1}));
          RecordingFrontEnd front_end;
          return run_plan(plan, front_end) + ", " + front_end.out;
        }) == "ok ok ok, slow\nearly 1\nearly 2\nearly 3\nlate\n");
}

TEST_CASE("a job reads what all tasks of another have written, in their order, however they ended") {
  CHECK(in_child([&] {
          Plan plan;
          plan.jobs.push_back(
              script_job("parts", "test $1 != 1 || sleep 0.2; echo part $1; echo noise >&2", {"1", "2", "3", "4"}));
          plan.jobs[0].is_read = true;
          plan.jobs.push_back(reading_job("sum", "cat $1; wc -l < $1", 0));
          plan.jobs.push_back(reading_job("again", "head -1 $1", 0));
          RecordingFrontEnd front_end;
          const std::string how = run_plan(plan, front_end);
          const std::string parts = "part 1\npart 2\npart 3\npart 4\n";
          return how + (front_end.out == parts + parts + "4\npart 1\n" ? "" : ", output " + front_end.out) +
                 (front_end.err == "noise\nnoise\nnoise\nnoise\n" ? "" : ", errors " + front_end.err);
        }) == "ok ok ok");
}

TEST_CASE("a job that is read may write more than memory should hold") {
  CHECK(in_child([&] {
          Plan plan;
          plan.jobs.push_back(script_job("parts", "head -c 10000000 /dev/zero", {"1", "2", "3", "4"}));
          plan.jobs[0].is_read = true;
          plan.jobs.push_back(reading_job("sum", "wc -c < $1 >&2", 0));
          RecordingFrontEnd front_end;
          front_end.buffer_bytes = 1 << 20;
          return run_plan(plan, front_end) + " " + front_end.err;
        }) == "ok ok 40000000\n");
}

TEST_CASE("what needs a failed job is skipped, and the rest runs") {
  CHECK(in_child([&] {
          Plan plan;
          plan.jobs.push_back(script_job("bad", "exit $(($1 == 2))", {"1", "2", "3"}));
          plan.jobs.push_back(script_job("skipped", "echo never", {""}, {0}));
          plan.jobs.push_back(script_job("too", "echo never", {""}, {1}));
          plan.jobs.push_back(script_job("good", "echo good", {""}));
          RecordingFrontEnd front_end;
          return run_plan(plan, front_end) + ", " + front_end.out;
        }) == "failed skipped:0 skipped:1 ok, good\n");
}

TEST_CASE("a job that may fail holds nothing up") {
  CHECK(in_child([&] {
          Plan plan;
          plan.jobs.push_back(script_job("bad", "exit 1", {"1"}));
          plan.jobs[0].policy.allow_failure = true;
          plan.jobs.push_back(script_job("next", "echo next", {""}, {0}));
          RecordingFrontEnd front_end;
          return run_plan(plan, front_end) + ", " + front_end.out;
        }) == "ok ok, next\n");
}

TEST_CASE("exit statuses count as the job says") {
  CHECK(in_child([&] {
          Plan plan;
          plan.jobs.push_back(script_job("grep", "exit $1", {"0", "3"}));
          plan.jobs[0].policy.success_codes = {3};
          RecordingFrontEnd front_end;
          const std::string how = run_plan(plan, front_end);
          return how + " " + (front_end.results[1].success() ? "0 ok " : "0 failed ") +
                 (front_end.results[2].success() ? "3 ok" : "3 failed");
        }) == "failed 0 failed 3 ok");
}

TEST_CASE("a job whose inputs cannot be had fails, and says why") {
  CHECK(in_child([&] {
          Plan plan;
          plan.jobs.push_back(script_job("good", "echo good", {""}));
          plan.jobs.emplace_back();
          plan.jobs[1].name = "bad";
          plan.jobs[1].open = [](const GatheredOutput&) -> std::unique_ptr<TaskSource> {
            throw std::runtime_error("no such file");
          };
          plan.jobs.push_back(script_job("after", "echo never", {""}, {1}));
          RecordingFrontEnd front_end;
          OneJobOptions options = run_options(2);
          const RunReport report = runner::run(options, plan, front_end);
          return states(report) + " " + report.jobs[1].error + (report.source_error ? "" : ", not told");
        }) == "ok failed skipped:1 no such file");
}

TEST_CASE("each task is told its job, its place in it, and what it has been given") {
  CHECK(in_child([&] {
          Plan plan;
          plan.supplies.named = {{"gpu-a", 2}};
          plan.jobs.push_back(script_job("first", "echo $MPR_JOB $MPR_TASK $MPR_CPUS $MPR_GPU_A", {"x", "y"}));
          plan.jobs.push_back(script_job("wide", "echo $MPR_JOB $MPR_TASK $MPR_CPUS $MPR_GPU_A", {"x"}));
          plan.jobs[1].policy.needs = {2, 0, {2}};
          RecordingFrontEnd front_end;
          return run_plan(plan, front_end) + ", " + front_end.out;
        }) == "ok ok, first 1 1\nfirst 2 1\nwide 1 2 0,1\n");
}

TEST_CASE("a run that stops at a failure leaves the other jobs waiting") {
  CHECK(in_child([&] {
          Plan plan;
          plan.jobs.push_back(script_job("bad", "exit 1", {"1"}));
          plan.jobs.push_back(script_job("other", "echo $1; sleep 1000", {"1"}));
          plan.jobs.push_back(script_job("later", "echo never", {""}, {1}));
          RecordingFrontEnd front_end;
          return run_plan(plan, front_end, 1, nullptr, 1);
        }) == "failed stopped waiting");
}

TEST_CASE("a failure that is to stop a run stops it before anything is started, however late results are committed") {
  const TempDir dir;
  const std::string mark = dir / "mark";
  CHECK(in_child([&] {
          Plan plan;
          // Without the third, which lets it end, the second is ended by the failure of the first.
          const std::string await = "until test -e " + mark + "; do sleep 0.01; done";
          plan.jobs.push_back(script_job(
              "bad", "case $1 in 1) exit 1 ;; 2) " + await + " ;; *) : > " + mark + " ;; esac", {"1", "2", "3"}));
          RecordingFrontEnd front_end;
          FakeRecorder recorder;
          recorder.delay = std::chrono::seconds(5);
          const std::string how = run_plan(plan, front_end, 2, &recorder, 1);
          return how + (std::filesystem::exists(mark) ? ", another was started" : "");
        }) == "failed");
}

TEST_CASE("ten thousand jobs of one task each are run, with few of them open at a time") {
  CHECK(in_child([&] {
          Plan plan;
          for (size_t job = 0; job < 10'000; ++job) {
            plan.jobs.push_back(script_job("j" + std::to_string(job), "exit 0", {""}));
            plan.jobs.back().open = [](const GatheredOutput&) -> std::unique_ptr<TaskSource> {
              throw std::runtime_error("none");  // none of them costs a process
            };
          }
          RecordingFrontEnd front_end;
          const std::string how = run_plan(plan, front_end);
          return how.substr(0, 13) + " " + std::to_string(how.size());
        }) == "failed failed " + std::to_string(10'000 * 7 - 1));
}

TEST_CASE("nothing is seen, and no job begins, before the results that it follows from are committed") {
  CHECK(in_child([&] {
          Plan plan;
          plan.jobs.push_back(script_job("first", "echo $1", numbers(50)));
          plan.jobs.push_back(script_job("second", "echo $1", numbers(50), {0}));
          FakeRecorder recorder;
          RecordingFrontEnd front_end;
          std::string complaint;
          front_end.on_finished = [&] {
            for (const auto number : front_end.order) {
              if (recorder.committed.count(number) == 0) complaint = ", seen before it was committed";
            }
          };
          const std::string how = run_plan(plan, front_end, 2, &recorder);
          if (front_end.out != lines_of(50) + lines_of(50)) complaint += ", wrong output";
          if (recorder.committed.size() != 100) complaint += ", not all committed";
          if (recorder.workers != 2) complaint += ", workers unknown";
          if (recorder.outputs.size() != 100) complaint += ", outputs not told";
          return how + complaint;
        }) == "ok ok");
}

TEST_CASE("what a task has written is not seen before its end is committed") {
  CHECK(in_child([&] {
          Plan plan;
          plan.jobs.push_back(script_job("early", "echo early; sleep 0.2", {""}));
          FakeRecorder recorder;
          RecordingFrontEnd front_end;
          std::string complaint;
          front_end.on_output = [&] {
            if (recorder.committed.empty()) complaint = ", seen before it was committed";
          };
          return run_plan(plan, front_end, 1, &recorder) + ", " + front_end.out + complaint;
        }) == "ok, early\n");
}

TEST_CASE("many results share a commit, and a lone one does not wait for company") {
  CHECK(in_child([&] {
          Plan plan;
          plan.jobs.push_back(script_job("many", "exit 0", numbers(400)));
          FakeRecorder recorder;
          recorder.delay = 100ms;
          RecordingFrontEnd front_end;
          std::string text = run_plan(plan, front_end, 2, &recorder);
          if (recorder.commits > 100) text += ", " + std::to_string(recorder.commits) + " commits";
          Plan chain;
          for (size_t job = 0; job < 20; ++job) {
            chain.jobs.push_back(script_job("j", "exit 0", {""}));
            if (job > 0) chain.jobs.back().needs = {job - 1};
          }
          FakeRecorder slow;
          slow.delay = 1h;
          text += ", " + run_plan(chain, front_end, 1, &slow).substr(0, 5);
          return text;
        }) == "ok, ok ok");
}

TEST_CASE("a task that takes its time is on record as running") {
  CHECK(in_child([&] {
          Plan plan;
          plan.jobs.push_back(script_job("slow", "sleep 0.3", {""}));
          FakeRecorder recorder;
          RecordingFrontEnd front_end;
          const std::string how = run_plan(plan, front_end, 1, &recorder);
          return how + (recorder.commits_while_running > 0 ? ", on record" : ", not on record");
        }) == "ok, on record");
}

TEST_CASE("what is known from before is not run, and seen in its place") {
  CHECK(in_child([&] {
          Plan plan;
          plan.jobs.push_back(script_job("some", "echo new $1", numbers(6)));
          plan.jobs[0].is_read = true;
          plan.jobs.push_back(reading_job("sum", "wc -l < $1", 0));
          FakeRecorder recorder;
          for (const std::string& number : {"2", "3", "5"}) recorder.known[number] = "old " + number + "\n";
          RecordingFrontEnd front_end;
          const std::string how = run_plan(plan, front_end, 2, &recorder);
          return how + ", " + std::to_string(recorder.attempts) + " attempts, " + front_end.out;
        }) == "ok ok, 4 attempts, new 1\nold 2\nold 3\nnew 4\nold 5\nnew 6\n6\n");
}

TEST_CASE("a hundred thousand known tasks are gone through in moments, and in little memory") {
  CHECK(in_child([&] {
          Plan plan;
          plan.jobs.push_back(script_job("known", "exit 1", numbers(100'000)));
          FakeRecorder recorder;
          for (const std::string& number : numbers(100'000)) recorder.known[number] = number + "\n";
          RecordingFrontEnd front_end;
          const std::string how = run_plan(plan, front_end, 2, &recorder);
          return how + (front_end.out == lines_of(100'000) ? "" : ", wrong output");
        }) == "ok");
}

TEST_CASE("a result that cannot be kept ends the run, and what it started") {
  CHECK(in_child([&] {
          Plan plan;
          plan.jobs.push_back(script_job("some", "echo $1; sleep 0.$1", numbers(9)));
          FakeRecorder recorder;
          recorder.breaks = true;
          RecordingFrontEnd front_end;
          try {
            return run_plan(plan, front_end, 2, &recorder);
          } catch (const RunError& error) {
            return error.what() + std::string(childless() ? "" : ", children") +
                   (front_end.out.empty() ? "" : ", and was seen");
          }
        }) == "the disk is full");
}
