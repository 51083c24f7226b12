// `mpr show`: one run.
#include "cli/history.hpp"
#include "cli/history_options.hpp"
#include "history/run_report.hpp"
#include "terminal/messages.hpp"

namespace mpr::app {
namespace {

constexpr const char* kFooter =
    R"(`busy` is how much of the time of all workers was spent in tasks. The time of a run that was resumed is that of its
last session.

Examples:
  mpr show last
  mpr show 20261122T215301
  mpr show last --json | jq .utilization)";

}  // namespace

ExitCode show_command(std::span<const std::string> words) {
  std::string path, name;
  bool json = false;
  CLI::App app{"Tells of one run: how it ended, its jobs, its first failures, its slowest tasks.", "mpr show"};
  define_history(app, path, kFooter);
  app.add_option("RUN", name, "Its id (see mpr runs), the beginning of it, or last")->required()->type_name("");
  app.add_flag("--json", json, "As one JSON object");
  if (!parse_history(app, words)) return ExitCode::success;
  store::Store store = open_history(path);
  const store::UnixTime now = store::unix_now();
  const RunReport report = report_of(store, run_named(store, name), now);
  print_result(json ? report_json(report, now) : report_text(report));
  return ExitCode::success;
}

}  // namespace mpr::app
