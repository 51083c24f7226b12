// Pool: worker processes that run functions over inputs, as Python's multiprocessing.Pool.
//
//   mpr::Pool pool(4);
//   std::vector<int> squares = pool.map([](int n) { return n * n; }, std::vector{1, 2, 3, 4});
//   for (const Page& page : pool.imap(render, page_numbers)) print(page);
//
// The function must be trivially copyable: a plain function, or a lambda that captures numbers and plain structs by
// value. Arguments and results travel by Codec. A worker is a copy of this process as it was when the pool was made: a
// function that refers to variables (globals, captures by reference) finds them as they were then, if they existed
// then; what it changes is its own copy's. Shared objects (Lock, Queue, Value...) that were made before the pool are
// shared.
//
// Chunks: items travel to a worker in chunks. Without a chunk size, map sends about a dozen chunks to each worker, and
//   imap single items.
// Errors: what a function throws arrives as RemoteError; of several, the first in the order of the input. When a
//   function throws, the rest of its chunk is not run, but all other chunks are. A worker that is killed or ends gives
//   WorkerLost for the chunk that it was running, at once; what it had not started goes to another, and it is replaced.
//   A pool whose workers end three times in a row before they are ready gives up: PoolClosed, which says why.
// Ownership: neither copied nor moved. The destructor terminates: it abandons what is not done and ends the workers.
// Threads: any number may use a pool. Whoever waits for a result works for the pool meanwhile; what nobody waits for is
//   seen to by a thread of the pool's own, started when map_async, apply_async or submit is first called.
//   Process::start() and other pools may still be used beside that thread.
// Processes: must be made by a process with one thread (ThreadsRunning otherwise). Workers are forked, the first and
// those
//   that replace others, by a fork server, a child of this process that has one thread for ever. When this process
//   dies, however it does, the fork server kills all workers. A forked child cannot use the pool (std::logic_error),
//   but may make its own: so can a function that runs in a worker. Workers do nothing on SIGINT: this process, which
//   Ctrl-C reaches too, decides.
// Limits: results and arguments of less than 4 GiB each chunk; 64 chunks under way in each worker.
//
// Unlike Python: a killed worker is noticed and told; a function's time can be limited; the input of imap is read only
// as far ahead as it is needed; a worker may have children.
#pragma once

#include <chrono>
#include <concepts>
#include <cstdint>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <ranges>
#include <type_traits>
#include <vector>

#include "mpr/affinity.hpp"
#include "mpr/async_result.hpp"
#include "mpr/pool_values.hpp"
#include "mpr/result_stream.hpp"

namespace mpr {

namespace pool {
class PoolEngine;
}

struct PoolOptions {
  std::optional<int> workers{};         ///< none: cpu_count(). Less than 1 is std::invalid_argument
  std::function<void()> initializer{};  ///< run first in each worker; any captures
  uint64_t max_tasks_per_worker = 0;    ///< calls after which a worker is replaced (a chunk is finished); 0: none
  std::optional<std::chrono::nanoseconds> timeout{};  ///< of each call of a function: see CallOptions
  Affinity affinity = Affinity::none;                 ///< what the workers are pinned to
};

struct CallOptions {
  size_t chunk = 0;  ///< items sent to a worker at a time; 0: chosen by the pool
  /// When a call of the function takes longer, its worker is killed and replaced: TaskTimeout. None: the pool's.
  std::optional<std::chrono::nanoseconds> timeout{};
};

class Pool {
  // What comes of Function over the values of Range, each being one argument.
  template <class Range>
  using Item = std::ranges::range_value_t<Range>;
  template <class Function, class... Args>
  using Result = typename pool::Call<Function, Args...>::Result;
  template <class Function, class Tuple>
  struct Spread;
  template <class Function, template <class...> class Tuple, class... Args>
  struct Spread<Function, Tuple<Args...>> : pool::Call<Function, Args...> {};
  // A vector of results; nothing when the function has none.
  template <class T>
  using Values = std::conditional_t<std::is_void_v<T>, void, std::vector<pool::Held<T>>>;

 public:
  /// Throws std::invalid_argument for less than one worker, ThreadsRunning, std::system_error (no more processes).
  explicit Pool(int workers) : Pool(PoolOptions{.workers = workers}) {}
  explicit Pool(PoolOptions options = {});
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;
  ~Pool();

  /// The results of function(item) in the order of the input; returns void if the function does.
  template <class Function, std::ranges::input_range Range>
  auto map(Function function, Range&& items, const CallOptions& options = {}) {
    return start_map<Function, pool::Call<Function, Item<Range>>, false>(function, items, options, false).get();
  }
  template <class Function, std::ranges::input_range Range>
  auto map_async(Function function, Range&& items, const CallOptions& options = {}) {
    return start_map<Function, pool::Call<Function, Item<Range>>, false>(function, items, options, true);
  }
  /// Each item is a std::tuple (or pair) of arguments.
  template <class Function, std::ranges::input_range Range>
  auto starmap(Function function, Range&& items, const CallOptions& options = {}) {
    return start_map<Function, Spread<Function, Item<Range>>, true>(function, items, options, false).get();
  }
  template <class Function, std::ranges::input_range Range>
  auto starmap_async(Function function, Range&& items, const CallOptions& options = {}) {
    return start_map<Function, Spread<Function, Item<Range>>, true>(function, items, options, true);
  }

  /// function(args...) in a worker.
  template <class Function, class... Args>
  requires std::invocable<Function&, pool::Stored<Args>...>
  auto apply(Function function, Args&&... args) { return start_apply(false, {}, function, args...).get(); }
  template <class Function, class... Args>
  requires std::invocable<Function&, pool::Stored<Args>...>
  auto apply_async(Function function, Args&&... args) { return start_apply(true, {}, function, args...); }
  template <class Function, class... Args>
  auto apply(const CallOptions& options, Function function, Args&&... args) {
    return start_apply(false, options, function, args...).get();
  }
  template <class Function, class... Args>
  auto apply_async(const CallOptions& options, Function function, Args&&... args) {
    return start_apply(true, options, function, args...);
  }
  /// apply_async for those who want a std::future.
  template <class Function, class... Args>
  auto submit(Function function, Args&&... args) {
    return start_apply(true, {}, function, args...).future();
  }

  /// The results one by one, in the order of the input or as they come, while the input is read: see ResultStream.
  template <class Function, std::ranges::input_range Range>
  auto imap(Function function, Range&& items, const CallOptions& options = {}) {
    return start_stream(function, std::forward<Range>(items), options, true);
  }
  template <class Function, std::ranges::input_range Range>
  auto imap_unordered(Function function, Range&& items, const CallOptions& options = {}) {
    return start_stream(function, std::forward<Range>(items), options, false);
  }

  /// Nothing more may be submitted (std::logic_error); what was will be carried out.
  void close();
  /// Abandons what is not done (PoolClosed for those who wait for it), and ends the workers at once.
  void terminate();
  /// Waits until all has been carried out and the workers have ended. std::logic_error before close() or terminate().
  void join() { (void)join_until(std::chrono::steady_clock::time_point::max()); }
  bool join_until(std::chrono::steady_clock::time_point deadline);
  bool join_for(std::chrono::nanoseconds time) { return join_until(os::later(os::Clock::now(), time)); }

  [[nodiscard]] unsigned workers() const { return engine_->workers(); }
  /// Process ids of the workers there are now.
  [[nodiscard]] std::vector<int> pids() const;

 private:
  [[nodiscard]] static uint64_t chunk_items(size_t chosen, uint64_t items, size_t item_bytes, unsigned workers);
  void submit_batch(const std::shared_ptr<pool::Batch>& batch, const CallOptions& options, bool in_background);

  template <class Function, class Call, bool kSpread, class Range>
  auto start_map(Function function, Range& range, const CallOptions& options, bool in_background) {
    using Value = Item<Range>;
    using Borrowed = std::span<const Value>;
    if constexpr (std::ranges::contiguous_range<Range> && std::ranges::sized_range<Range>) {
      if (!in_background) {
        return start_map_over<Call, kSpread, Value>(
            function, Borrowed{std::ranges::data(range), std::ranges::size(range)}, options, in_background);
      }
    }
    std::vector<Value> items;
    if constexpr (std::ranges::sized_range<Range>) items.reserve(std::ranges::size(range));
    for (auto&& item : range) items.push_back(std::forward<decltype(item)>(item));
    return start_map_over<Call, kSpread, Value>(function, std::move(items), options, in_background);
  }

  template <class Call, bool kSpread, class Value, class Function, class Items>
  auto start_map_over(Function function, Items items, const CallOptions& options, bool in_background) {
    using Batch = pool::MapBatch<typename Call::Result, Value, kSpread, Items>;
    const uint64_t chunk = chunk_items(options.chunk, items.size(), sizeof(Value), workers());
    auto batch = std::make_shared<Batch>(&Call::run, pool::bytes_of_function(function), std::move(items), chunk);
    submit_batch(batch, options, in_background);
    return AsyncResult<Values<typename Call::Result>>{shared_engine(), std::move(batch)};
  }

  template <class Function, class... Args>
  auto start_apply(bool in_background, const CallOptions& options, Function function, const Args&... args) {
    using Call = pool::Call<Function, pool::Stored<Args>...>;
    ByteBuffer arguments;
    (pool::put_field<pool::Stored<Args>>(args, arguments), ...);
    auto batch = std::make_shared<pool::ApplyBatch<typename Call::Result>>(
        &Call::run, pool::bytes_of_function(function), std::move(arguments));
    submit_batch(batch, options, in_background);
    return AsyncResult<typename Call::Result>{shared_engine(), std::move(batch)};
  }

  template <class Function, class Range>
  auto start_stream(Function function, Range&& range, const CallOptions& options, bool ordered) {
    using Value = Item<Range>;
    using Call = pool::Call<Function, Value>;
    static_assert(!std::is_void_v<typename Call::Result>, "mpr::Pool: imap needs a function that returns something");
    auto batch = std::make_shared<pool::StreamBatch>(&Call::run, pool::bytes_of_function(function), ordered);
    submit_batch(batch, options, false);
    auto input = std::make_shared<std::views::all_t<Range>>(std::views::all(std::forward<Range>(range)));
    pool::PullItem pull =
        [input, at = std::optional<std::ranges::iterator_t<std::views::all_t<Range>>>{}](ByteBuffer& to) mutable {
          if (at) {
            ++*at;
          } else {
            at.emplace(std::ranges::begin(*input));
          }
          if (*at == std::ranges::end(*input)) return false;
          pool::put_field<Value>(**at, to);
          return true;
        };
    const auto chunk = static_cast<uint32_t>(options.chunk == 0 ? 1 : options.chunk);
    return ResultStream<typename Call::Result>{pool::Stream{shared_engine(), std::move(batch), std::move(pull), chunk}};
  }

  [[nodiscard]] std::shared_ptr<pool::Engine> shared_engine() const { return engine_; }

  std::optional<std::chrono::nanoseconds> timeout_;
  std::shared_ptr<pool::Engine> engine_;
  pool::PoolEngine* controls_ = nullptr;  ///< the engine, for those calls that only its pool makes
};

}  // namespace mpr
