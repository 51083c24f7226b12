#include "store/finished.hpp"

#include <algorithm>
#include <string>
#include <tuple>

#include "attempt_row.hpp"
#include "store_parts.hpp"

namespace mpr::store {
namespace {

using worker::Ending;

std::string select_finished(Retry retry) {
  // Columns at the front of the rows, so that outputs are not read.
  std::string sql = "SELECT key,identity_high,identity_low,job,number FROM attempts WHERE key>=?1 AND key<?2 AND final";
  if (retry == Retry::failed) return sql + " AND success";
  for (const auto& [before, ending] : {std::pair{" AND ending IN(", Ending::exited},
                                       {",", Ending::could_not_start},
                                       {",", Ending::timed_out},
                                       {",", Ending::no_answer}}) {
    sql += before + std::to_string(static_cast<int>(ending));
  }
  return sql + ")";
}

}  // namespace

Finished Finished::of(Store& store, RunKey run, Retry retry) {
  Finished finished(store);
  Statement select(*store.parts().database, select_finished(retry));
  select.bind(1, first_key(run)).bind(2, end_key(run));
  while (select.next()) {
    finished.entries_.push_back({{static_cast<uint64_t>(select.number(1)), static_cast<uint64_t>(select.number(2))},
                                 {select.number(0)},
                                 static_cast<uint64_t>(select.number(4)),
                                 static_cast<uint32_t>(select.number(3)),
                                 0});
  }
  finished.put_in_order();
  return finished;
}

void Finished::put_in_order() {
  const auto task_of = [](const Entry& entry) { return std::tie(entry.identity, entry.job, entry.number); };
  // Of one task's results, which a run has that retried what had failed, the last counts.
  std::sort(entries_.begin(), entries_.end(), [&](const Entry& a, const Entry& b) {
    return task_of(a) != task_of(b) ? task_of(a) < task_of(b) : a.key > b.key;
  });
  const auto same_task = [&](const Entry& a, const Entry& b) { return task_of(a) == task_of(b); };
  entries_.erase(std::unique(entries_.begin(), entries_.end(), same_task), entries_.end());
}

std::optional<AttemptRecord> Finished::take(const Identity& identity) {
  const auto first =
      std::lower_bound(entries_.begin(), entries_.end(), identity,
                       [](const Entry& entry, const Identity& wanted) { return entry.identity < wanted; });
  if (first == entries_.end()) return std::nullopt;
  for (auto next = first + first->taken; next != entries_.end() && next->identity == identity; ++next) {
    ++first->taken;
    std::optional<AttemptRecord> attempt = store_->attempt(next->key);
    if (attempt && attempt->identity == identity && intact(*attempt)) return attempt;
    ++damaged_;
  }
  return std::nullopt;
}

bool Finished::intact(const AttemptRecord& attempt) {
  for (const auto stream : {worker::Stream::out, worker::Stream::err}) {
    if (!store_->read_output(attempt, stream, [](std::span<const std::byte>) {})) return false;
  }
  return true;
}

}  // namespace mpr::store
