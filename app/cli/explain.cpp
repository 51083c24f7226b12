#include "cli/explain.hpp"

#include <map>
#include <set>

#include "cli/recording.hpp"
#include "manifest/error.hpp"
#include "manifest/shell_quote.hpp"
#include "os/io.hpp"
#include "os/poll_set.hpp"
#include "os/temporary_file.hpp"
#include "store/finished.hpp"
#include "store/task_identity.hpp"

namespace mpr::app {
namespace {

/// What a job has written, as far as the store has it.
struct Gathered {
  os::UniqueFd file;
  size_t bytes = 0;
  bool whole = true;
};

class Explanation {
 public:
  Explanation(const runner::Plan& plan, const StoreSettings& settings, const RecordAs& record, const Print& print)
      : plan_(plan), print_(print), identities_(record.directory), retry_failed_(settings.retry_failed) {
    StoreSettings resuming = settings;
    resuming.resume = true;
    if (record.path.empty()) return;
    try {
      store_.emplace(store::Store::open_existing(record.path));
    } catch (const store::StoreError& error) {
      if (error.cause() != store::StoreError::Cause::absent) throw;
      return;
    }
    const auto run = resumed_run(*store_, resuming, record.info.plan);
    if (!run) return;
    finished_.emplace(
        store::Finished::of(*store_, run->key, retry_failed_ ? store::Retry::failed : store::Retry::unfinished));
    (void)store_->each_attempt(run->key, [&](store::AttemptRecord& attempt) {
      if (!attempt.success || !attempt.final) tried_.insert(attempt.identity);
      if (attempt.final && !attempt.success) failed_.insert(attempt.identity);
    });
  }

  void tell() {
    for (size_t job = 0; job < plan_.jobs.size(); ++job) tell_of(job);
  }

 private:
  void tell_of(size_t job) {
    Gathered& gathered = gathered_[job];
    gathered.file = os::open_unlinked_file(os::temporary_directory());
    std::string unknown;
    std::unique_ptr<runner::TaskSource> source;
    try {
      source = plan_.jobs[job].open([&](size_t other) {
        if (!gathered_.at(other).whole) unknown = "it reads what job '" + plan_.jobs[other].name + "' is yet to write";
        const std::string path = os::path_of(gathered_.at(other).file);
        read_[path] = "OUTPUT-OF-" + plan_.jobs[other].name;
        return path;
      });
    } catch (const manifest::Error& error) {
      if (plan_.jobs[job].needs.empty()) throw;
      unknown = error.what();
    }
    if (unknown.empty()) return tell_of_tasks(job, *source);
    gathered.whole = false;
    line("run", plan_.jobs[job].name, unknown, "");
  }

  void tell_of_tasks(size_t job, runner::TaskSource& source) {
    runner::Inputs inputs;
    for (uint64_t number = 1;;) {
      const auto next = source.next(inputs);
      if (next == runner::TaskSource::Next::end) return;
      if (next == runner::TaskSource::Next::wait) {
        os::wait_until_readable(source.wait_fd());
        continue;
      }
      const std::string name = plan_.jobs[job].name + "/" + std::to_string(source.place(number));
      tell_of_task(job, name, source.command(inputs, number++, std::nullopt));
    }
  }

  void tell_of_task(size_t job, const std::string& name, const worker::Command& command) {
    const store::Identity identity = identities_.of(command);
    const bool there = store::TaskIdentities::output_is_there(command);
    const auto known = finished_ && there ? finished_->take(identity) : std::nullopt;
    if (known) {
      keep(job, *known);
      return line("keep", name, known->success ? "finished" : "failed", shown(command));
    }
    gathered_[job].whole = false;
    line("run", name, why_run(identity, there), shown(command));
  }

  [[nodiscard]] std::string why_run(const store::Identity& identity, bool there) const {
    if (!finished_) return "there is no earlier run";
    if (!there) return "its output file is gone";
    if (retry_failed_ && failed_.count(identity) > 0) return "failed";
    return tried_.count(identity) > 0 ? "did not finish" : "never run like this";
  }

  void keep(size_t job, const store::AttemptRecord& attempt) {
    if (!plan_.jobs[job].is_read) return;
    Gathered& gathered = gathered_[job];
    (void)store_->read_output(attempt, worker::Stream::out, [&](std::span<const std::byte> bytes) {
      os::write_at(gathered.file, bytes, gathered.bytes);
      gathered.bytes += bytes.size();
    });
  }

  /// With the outputs of other jobs by their names.
  [[nodiscard]] std::string shown(worker::Command command) const {
    const auto read = read_.find(command.input.value);
    if (command.input.kind == worker::Input::Kind::file && read != read_.end()) command.input.value = read->second;
    return command_text(command);
  }

  void line(const std::string& what, const std::string& name, const std::string& why, const std::string& command) {
    print_(what + "\t" + name + "\t" + manifest::printable(why) + "\t" + manifest::printable(command) + "\n");
  }

  const runner::Plan& plan_;
  const Print& print_;
  store::TaskIdentities identities_;
  bool retry_failed_;
  std::optional<store::Store> store_;
  std::optional<store::Finished> finished_;
  std::set<store::Identity> tried_;   ///< attempts that came to nothing, or to a failure
  std::set<store::Identity> failed_;  ///< tasks that did
  std::map<size_t, Gathered> gathered_;
  std::map<std::string, std::string> read_;  ///< paths of these, and how they are shown
};

}  // namespace

void explain(const runner::Plan& plan, const StoreSettings& settings, const RecordAs& record, const Print& print) {
  Explanation{plan, settings, record, print}.tell();
}

}  // namespace mpr::app
