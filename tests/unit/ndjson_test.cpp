#include "report/ndjson.hpp"

#include <chrono>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using namespace mpr;
using namespace std::chrono_literals;
using nlohmann::json;
using worker::Ending;
using worker::Stream;

namespace {

runner::FinishedTask some_task() {
  runner::FinishedTask task;
  task.inputs = {"a b"};
  task.slot = 2;
  task.result.number = 7;
  task.result.elapsed = 1240ms;
  task.result.usage = {1200ms, 10ms, 3412};
  return task;
}

std::span<const std::byte> bytes(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

std::string line_of(const runner::FinishedTask& task) {
  std::string line;
  report::NdjsonWriter().finished(task, {"", task.result.number}, {"./job", "a b"}, line);
  return line;
}

json ended(Ending ending, const os::ExitStatus& status) {
  runner::FinishedTask task = some_task();
  task.result.ending = ending;
  task.result.status = status;
  return json::parse(line_of(task));
}

json with_stdout(std::string_view text) {
  report::NdjsonWriter writer;
  writer.output(Stream::out, bytes(text));
  std::string line;
  writer.finished(some_task(), {"", some_task().result.number}, {"./job"}, line);
  CHECK(line.find('\n') == line.size() - 1);
  return json::parse(line);
}

}  // namespace

TEST_CASE("a task is one line of json, its keys in one order") {
  runner::FinishedTask task = some_task();
  task.result.status = os::ExitStatus::exited(2);
  report::NdjsonWriter writer;
  writer.output(Stream::out, bytes("one\n"));
  writer.output(Stream::err, bytes("cannot\n"));
  writer.output(Stream::out, bytes("two\n"));
  std::string line = "kept\n";
  writer.finished(task, {"", task.result.number}, {"./job", "a b"}, line);
  CHECK(line ==
        "kept\n"
        R"({"task":7,"inputs":["a b"],"argv":["./job","a b"],"status":"failed","exit_status":2,"signal":null,)"
        R"("attempts":1,"slot":2,"seconds":1.24,"user_seconds":1.2,"system_seconds":0.01,"max_rss_kib":3412,)"
        R"("leaked":false,"stdout":"one\ntwo\n","stderr":"cannot\n"})"
        "\n");
}

TEST_CASE("a task's output is not the next task's") {
  report::NdjsonWriter writer;
  std::string lines;
  writer.output(Stream::out, bytes("first"));
  writer.finished(some_task(), {"", some_task().result.number}, {"./job"}, lines);
  lines.clear();
  writer.finished(some_task(), {"", some_task().result.number}, {"./job"}, lines);
  CHECK(json::parse(lines).at("stdout").get<std::string>().empty());
}

TEST_CASE("the status tells how the task ended") {
  CHECK(ended(Ending::exited, os::ExitStatus::exited(0)).at("status") == "ok");
  CHECK(ended(Ending::exited, os::ExitStatus::exited(1)).at("status") == "failed");
  CHECK(ended(Ending::exited, os::ExitStatus::signaled(11)).at("status") == "signaled");
  CHECK(ended(Ending::timed_out, os::ExitStatus::signaled(15)).at("status") == "timed_out");
  CHECK(ended(Ending::cancelled, os::ExitStatus::signaled(15)).at("status") == "cancelled");
  CHECK(ended(Ending::could_not_start, os::ExitStatus::exited(0)).at("status") == "could_not_start");
  CHECK(ended(Ending::worker_lost, os::ExitStatus::exited(0)).at("status") == "worker_lost");
  CHECK(ended(Ending::no_answer, os::ExitStatus::exited(0)).at("status") == "no_answer");
}

TEST_CASE("a task has an exit status or a signal, or neither when that is not known") {
  const json exited = ended(Ending::exited, os::ExitStatus::exited(3));
  CHECK(exited.at("exit_status") == 3);
  CHECK(exited.at("signal").is_null());
  const json killed = ended(Ending::exited, os::ExitStatus::signaled(11));
  CHECK(killed.at("exit_status").is_null());
  CHECK(killed.at("signal") == "SIGSEGV");
  const json gave_in = ended(Ending::timed_out, os::ExitStatus::exited(0));
  CHECK(gave_in.at("exit_status") == 0);
  for (const Ending unknown : {Ending::could_not_start, Ending::worker_lost, Ending::no_answer}) {
    CHECK(ended(unknown, os::ExitStatus::exited(0)).at("exit_status").is_null());
    CHECK(ended(unknown, os::ExitStatus::exited(0)).at("signal").is_null());
  }
}

TEST_CASE("a task that could not start, or had no answer, has an error, which says why") {
  runner::FinishedTask task = some_task();
  CHECK_FALSE(json::parse(line_of(task)).contains("error"));
  task.result.ending = Ending::could_not_start;
  task.result.failure = {2, os::SpawnStep::exec};
  CHECK(json::parse(line_of(task)).at("error") == "No such file or directory");
  task.result.ending = Ending::no_answer;
  task.result.fault = worker::Fault::ended;
  CHECK(json::parse(line_of(task)).at("error") == "its process ended without an answer");
}

TEST_CASE("output that is text comes back as it was, in one line") {
  using namespace std::string_literals;
  for (const std::string& text :
       {""s, "a\"b\\c\n\t\r"s, "\0\x01\x1f\x7f"s, "é 日本 🚀"s, "\u2028\ufeff\uffff\U0010ffff"s}) {
    CHECK(with_stdout(text).at("stdout") == text);
  }
}

TEST_CASE("text that is cut between two pieces of output is still text") {
  report::NdjsonWriter writer;
  writer.output(Stream::out, bytes("\xc3"));
  writer.output(Stream::out, bytes("\xa9"));
  std::string line;
  writer.finished(some_task(), {"", some_task().result.number}, {"./job"}, line);
  CHECK(json::parse(line).at("stdout") == "é");
}

TEST_CASE("output that is not UTF-8 is given in base64, so that no byte is lost") {
  const json task = with_stdout("caf\xe9\n");
  CHECK(task.at("stdout_base64") == "Y2Fm6Qo=");
  CHECK_FALSE(task.contains("stdout"));
  CHECK(task.at("stderr").get<std::string>().empty());
  CHECK(with_stdout("\xff").at("stdout_base64") == "/w==");
  CHECK(with_stdout("\xff\xfe").at("stdout_base64") == "//4=");
  CHECK(with_stdout("\xff\xfe\xfb").at("stdout_base64") == "//77");
}

TEST_CASE("what looks like UTF-8 and is not is no text") {
  for (const char* bad :
       {"\x80", "a\xc3", "\xc0\xaf", "\xc3(", "\xe0\x80\xaf", "\xe2\x82", "\xe2\x28\xa1", "\xed\xa0\x80",
        "\xf0\x80\x80\xaf", "\xf0\x9f\x9a", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xfe"}) {
    CHECK(with_stdout(bad).contains("stdout_base64"));
  }
}

TEST_CASE("inputs and words that are not UTF-8 are objects among the texts") {
  runner::FinishedTask task = some_task();
  task.inputs = {"\xff", "text"};
  std::string line;
  report::NdjsonWriter().finished(task, {"", task.result.number}, {"./job", "\xff\xfe"}, line);
  const json object = json::parse(line);
  CHECK(object.at("inputs") == json::parse(R"([{"base64":"/w=="},"text"])"));
  CHECK(object.at("argv") == json::parse(R"(["./job",{"base64":"//4="}])"));
}

TEST_CASE("a large number stays exact") {
  runner::FinishedTask task = some_task();
  task.result.number = worker::task_number(1, 0) - 1;
  CHECK(json::parse(line_of(task)).at("task") == worker::task_number(1, 0) - 1);
}

TEST_CASE("what nobody has measured is null") {
  runner::FinishedTask task = some_task();
  task.result.usage = {};
  const json object = json::parse(line_of(task));
  for (const char* key : {"user_seconds", "system_seconds", "max_rss_kib"}) CHECK(object.at(key).is_null());
}

TEST_CASE("a task that was killed for want of memory says so, in JSON and in words") {
  runner::FinishedTask task = some_task();
  task.result.status = os::ExitStatus::signaled(9);
  CHECK_FALSE(json::parse(line_of(task)).contains("error"));
  CHECK(worker::describe(task.result) == "killed by signal 9 (SIGKILL)");
  task.result.out_of_memory = true;
  task.result.usage.max_rss_kib = 31 * 1024;
  CHECK(json::parse(line_of(task)).at("error") == "out of memory");
  CHECK(json::parse(line_of(task)).at("signal") == "SIGKILL");
  CHECK(worker::describe(task.result) == "killed: out of memory (peak RSS 31 MB)");
  task.result.usage.max_rss_kib = 0;  // in a process that stays
  CHECK(worker::describe(task.result) == "killed: out of memory");
}
