#include "report/ndjson.hpp"

#include <chrono>
#include <utility>

#include <nlohmann/json.hpp>

#include "text.hpp"

namespace mpr::report {
namespace {

using Json = nlohmann::ordered_json;
using worker::Ending;

const char* status_word(const worker::Result& result) {
  switch (result.ending) {
    case Ending::exited:
      if (result.success()) return "ok";
      return result.status.signal() == 0 ? "failed" : "signaled";
    case Ending::could_not_start:
      return "could_not_start";
    case Ending::timed_out:
      return "timed_out";
    case Ending::cancelled:
      return "cancelled";
    case Ending::worker_lost:
      return "worker_lost";
    case Ending::no_answer:
      return "no_answer";
  }
  return "internal error: unknown ending";
}

/// Whether the status is known: it is that of a process which was started and was seen to end.
bool has_status(const worker::Result& result) {
  return result.ending != Ending::could_not_start && result.ending != Ending::worker_lost &&
         result.ending != Ending::no_answer;
}

Json exit_status_of(const worker::Result& result) {
  if (!has_status(result) || result.status.signal() != 0) return nullptr;
  return result.status.code();
}

Json signal_of(const worker::Result& result) {
  if (!has_status(result) || result.status.signal() == 0) return nullptr;
  return os::signal_name(result.status.signal());
}

double seconds(os::Duration duration) {
  return std::chrono::duration<double>(duration).count();
}

Json words(const std::vector<std::string>& texts) {
  Json array = Json::array();
  for (const std::string& text : texts) {
    if (is_utf8(text))
      array.push_back(text);
    else
      array.push_back(Json{{"base64", base64(text)}});
  }
  return array;
}

/// Leaves nothing in `bytes`.
void put_output(Json& object, const std::string& key, std::string& bytes) {
  std::string taken = std::exchange(bytes, {});
  if (is_utf8(taken))
    object[key] = std::move(taken);
  else
    object[key + "_base64"] = base64(taken);
}

}  // namespace

void NdjsonWriter::output(worker::Stream stream, std::span<const std::byte> bytes) {
  std::string& kept = stream == worker::Stream::out ? stdout_ : stderr_;
  kept.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
}

void NdjsonWriter::finished(const runner::FinishedTask& task, const Name& name, const std::vector<std::string>& argv,
                            std::string& out) {
  const worker::Result& result = task.result;
  Json object;
  if (!name.job.empty()) object["job"] = name.job;
  object["task"] = name.place;
  object["inputs"] = words(task.inputs);
  object["argv"] = words(argv);
  object["status"] = status_word(result);
  object["exit_status"] = exit_status_of(result);
  object["signal"] = signal_of(result);
  object["attempts"] = result.attempt;
  object["slot"] = task.slot;
  object["seconds"] = seconds(result.elapsed);
  const bool measured = result.usage.max_rss_kib > 0;  // of a process by itself
  object["user_seconds"] = measured ? Json(seconds(result.usage.user)) : Json(nullptr);
  object["system_seconds"] = measured ? Json(seconds(result.usage.system)) : Json(nullptr);
  object["max_rss_kib"] = measured ? Json(result.usage.max_rss_kib) : Json(nullptr);
  object["leaked"] = result.leaked;
  if (result.ending == Ending::could_not_start) object["error"] = result.failure.text();
  if (result.out_of_memory) object["error"] = "out of memory";
  if (result.ending == Ending::no_answer) object["error"] = worker::text_of(result.fault);
  put_output(object, "stdout", stdout_);
  put_output(object, "stderr", stderr_);
  out += object.dump();
  out += '\n';
}

}  // namespace mpr::report
