#include "manifest/job_tasks.hpp"

#include <catch2/catch.hpp>

#include "scratch_pipe.hpp"

using namespace mpr::manifest;
using mpr::worker::Command;
using Next = mpr::runner::TaskSource::Next;
using Words = std::vector<std::string>;

namespace {

JobTasks tasks_of(std::vector<InputGroup> groups, const Words& command, InputSource::Options options = {},
                  JobTasks::LeaveOut leave_out = {}) {
  InputSource inputs(std::move(groups), options);
  TaskTemplate job{CommandTemplate::words(command, inputs.group_names())};
  return {std::move(inputs), std::move(job), std::move(leave_out)};
}

/// The words of all its tasks, each task's joined by spaces.
Words all_of(JobTasks& tasks) {
  Words all;
  mpr::runner::Inputs inputs;
  for (uint64_t number = 1; tasks.next(inputs) == Next::task; ++number) {
    std::string words;
    for (const std::string& word : tasks.command(inputs, number, 1).argv) words += (words.empty() ? "" : " ") + word;
    all.push_back(words);
  }
  return all;
}

}  // namespace

TEST_CASE("a job gives the inputs of each of its tasks, and their words") {
  auto tasks = tasks_of({specs_group(Words{"n=1..2"}), specs_group(Words{"a"})}, {"echo", "{n}{2}", "{#}"});
  CHECK(tasks.total() == 2);
  mpr::runner::Inputs inputs;
  REQUIRE(tasks.next(inputs) == Next::task);
  CHECK(tasks.command(inputs, 1, 1).argv == Words{"echo", "1a", "1"});
  REQUIRE(tasks.next(inputs) == Next::task);
  CHECK(tasks.command(inputs, 2, 1).argv == Words{"echo", "2a", "2"});
  CHECK(tasks.next(inputs) == Next::end);
}

TEST_CASE("a job over a pipe waits for it") {
  mpr::test::ScratchPipe pipe;
  auto tasks = tasks_of({}, {"echo"}, {.standard_input = pipe.reader()});
  mpr::runner::Inputs inputs;
  CHECK(tasks.next(inputs) == Next::wait);
  CHECK(tasks.wait_fd() == pipe.reader());
  CHECK(tasks.total() == std::nullopt);
  pipe.close();
  CHECK(tasks.next(inputs) == Next::end);
  CHECK(tasks.total() == 0);
}

TEST_CASE("a job without inputs has one task, to which nothing is appended") {
  JobTasks tasks{std::nullopt, TaskTemplate{CommandTemplate::words(Words{"make", "{#}"}, {})}};
  CHECK(tasks.total() == 1);
  CHECK(all_of(tasks) == Words{"make 1"});
}

TEST_CASE("rows that are left out are no tasks, and the others are numbered without gaps") {
  const auto odd = [](const mpr::runner::Inputs& row) { return row[0] == "1" || row[0] == "3"; };
  auto tasks = tasks_of({specs_group(Words{"1..4"})}, {"echo", "{}", "{#}"}, {}, odd);
  CHECK(tasks.total() == std::nullopt);
  CHECK(all_of(tasks) == Words{"echo 2 1", "echo 4 2"});
}

TEST_CASE("everything that a task is started with may have placeholders") {
  const Words names{"n"};
  TaskTemplate job{CommandTemplate::words(Words{"run"}, names)};
  job.environment = {{"A", TemplateWord("<{n}>", names)}, {"GONE", std::nullopt}};
  job.directory = TemplateWord("dir/{n}", names);
  job.input = mpr::worker::Input::Kind::file;
  job.input_value = TemplateWord("in/{n}.txt", names);
  job.output = mpr::worker::Output::Kind::file;
  job.output_path = TemplateWord("out/{#}", names);
  const Command command = job.fill({"x y"}, 7, 1);
  CHECK(command.argv == Words{"run", "x y"});
  CHECK(command.environment == Words{"A=<x y>", "GONE"});
  CHECK(command.directory == "dir/x y");
  CHECK(command.input.value == "in/x y.txt");
  CHECK(command.output.path == "out/7");
}
