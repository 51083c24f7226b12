// Crew: the workers of a pool, seen from its owner: each with a queue of chunks down and of results up, its board, and
// a list of what it has been given.
//
// Ownership: the destructor kills and reaps all of them. Threads: one at a time.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include "mpr/connection.hpp"
#include "mpr/pool_batch.hpp"
#include "os/poller.hpp"
#include "os/process_handle.hpp"
#include "os/shared_mapping.hpp"
#include "pool/board.hpp"
#include "pool/server.hpp"

namespace mpr::pool {

/// A chunk of a batch, on its way.
struct Given {
  std::shared_ptr<Batch> batch;
  uint64_t chunk = 0;
  uint64_t sequence = 0;  ///< of its frame, which also says where its ticket is
};

class Crew {
 public:
  struct Member {
    os::ProcessHandle process;
    Connection tasks;
    os::UniqueFd task_reader;  ///< kept, so that writing to a worker that has died is no SIGPIPE
    Connection results;
    std::deque<Given> given{};
    uint64_t next_sequence = 1;
    uint64_t seen_sent = 0;          ///< of the board's count, what has been read
    uint64_t used_at = 0;            ///< grows with each use
    uint64_t read_in_round = 0;      ///< of the driver, the last in which results were read
    std::exception_ptr condemned{};  ///< why it is being killed
    bool writing_watched = false;
  };

  /// `options.boards` is filled in.
  Crew(unsigned workers, ServerOptions options, os::Poller& poller);
  Crew(const Crew&) = delete;
  Crew& operator=(const Crew&) = delete;
  ~Crew();

  [[nodiscard]] unsigned size() const { return static_cast<unsigned>(members_.size()); }
  [[nodiscard]] std::optional<Member>& member(uint32_t slot) { return members_[slot]; }
  [[nodiscard]] Board& board(uint32_t slot) { return boards()[slot]; }

  /// What of a member the poller reports, as its token.
  enum Part : uint64_t { kTasks, kResults, kProcess, kParts };
  [[nodiscard]] static uint64_t token(uint32_t slot, Part part) { return 1 + slot * kParts + part; }
  [[nodiscard]] static uint32_t slot_of(uint64_t token) { return static_cast<uint32_t>((token - 1) / kParts); }
  [[nodiscard]] static Part part_of(uint64_t token) { return static_cast<Part>((token - 1) % kParts); }

  [[nodiscard]] bool has_server() const { return server_.has_value(); }
  /// Forks the server anew. Throws as os::fork_child does.
  void renew_server() { server_.emplace(options_); }
  void lose_server() { server_.reset(); }

  /// Starts a worker in an empty slot. Throws ServerGone, or std::system_error.
  void start(uint32_t slot);
  /// Whether another frame may be sent now: its ticket is free, and what was sent before is on its way.
  [[nodiscard]] bool has_room(uint32_t slot);
  /// Puts a chunk into the worker's queue; flush() sends it. What the batch throws goes to the caller, and nothing has
  /// been done then.
  void give(uint32_t slot, std::shared_ptr<Batch> batch, uint64_t chunk);
  void flush(uint32_t slot);
  /// Takes a chunk back that has not been started: false if it has.
  [[nodiscard]] bool withdraw(uint32_t slot, const Given& given);
  /// Kills the worker for the chunk that it runs; false if that has come to its end already, or if the item that began
  /// at this time has.
  bool condemn(uint32_t slot, const std::exception_ptr& why, std::optional<int64_t> item_began = std::nullopt);
  /// Empties the slot of a worker that has ended, or kills it first; answers how it ended.
  std::string remove(uint32_t slot);
  /// Lets the workers end by themselves, having nothing more to do, and waits for that.
  void dismiss();
  void kill_all();
  /// In a forked child: forgets them, they are another process's.
  void disown();

  [[nodiscard]] std::vector<int> pids() const;

 private:
  [[nodiscard]] Board* boards() const { return reinterpret_cast<Board*>(shared_.data()); }

  os::SharedMapping shared_;
  ServerOptions options_;
  os::Poller& poller_;
  std::optional<ForkServer> server_;
  std::vector<std::optional<Member>> members_;
  ByteBuffer scratch_;
  uint64_t uses_ = 0;
};

}  // namespace mpr::pool
