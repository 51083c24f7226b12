#include "history/json.hpp"

#include "history/run_table.hpp"
#include "history/words.hpp"
#include "manifest/shell_quote.hpp"

namespace mpr::app {

double seconds_of(os::Duration duration) {
  return std::chrono::duration<double>(duration).count();
}

Json time_or_null(store::UnixTime time) {
  return time == 0 ? Json(nullptr) : Json(utc_time(time));
}

void put_counts(Json& object, const store::Counts& counts) {
  object["total"] = counts.total ? Json(*counts.total) : Json(nullptr);
  object["succeeded"] = counts.succeeded;
  object["failed"] = counts.failed;
  object["reused"] = counts.reused;
  object["cancelled"] = counts.cancelled;
  object["never_started"] = counts.never_started;
}

Json run_object(const store::RunRecord& run, store::UnixTime now) {
  const auto time = session_time(run, now);
  Json object;
  object["run"] = manifest::printable(run.info.id);
  object["kind"] = run.info.kind == store::RunKind::map ? "map" : "run";
  object["title"] = manifest::printable(run.info.title);
  object["plan"] = manifest::printable(run.info.plan);
  object["directory"] = manifest::printable(run.info.directory);
  object["state"] = state_word(run.state);
  object["signal"] = run.signal == 0 ? Json(nullptr) : Json(os::signal_name(run.signal));
  object["started"] = time_or_null(run.started);
  object["ended"] = time_or_null(run.ended);
  object["seconds"] = time ? Json(seconds_of(*time)) : Json(nullptr);
  object["sessions"] = run.sessions;
  object["workers"] = run.info.workers;
  object["host"] = manifest::printable(run.host);
  object["pid"] = run.process.pid;
  put_counts(object, run.counts);
  return object;
}

std::string run_json(const store::RunRecord& run, store::UnixTime now) {
  return run_object(run, now).dump() + "\n";
}

}  // namespace mpr::app
