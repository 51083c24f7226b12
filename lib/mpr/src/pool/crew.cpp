#include "pool/crew.hpp"

#include <csignal>

#include "os/pipe.hpp"
#include "pool/frames.hpp"

namespace mpr::pool {
namespace {

constexpr size_t kPipeBytes = 256 * 1024;   // fewer waits for one another than with the usual 64 KiB
constexpr size_t kMostUnsent = 128 * 1024;  // beyond what the pipe holds, this much is made ready

/// A board where the last worker has left it, ready for the next. Its counts go on, so that nobody mistakes them.
void reset(Board& board) {
  for (auto& ticket : board.tickets) ticket.store(Ticket::free);
  board.taken.store(0);
  board.item.store(0);
  board.item_began.store(0);
  board.ready.store(false);
}

}  // namespace

Crew::Crew(unsigned workers, ServerOptions options, os::Poller& poller)
    : shared_(workers * sizeof(Board)), options_(std::move(options)), poller_(poller), members_(workers) {
  for (unsigned slot = 0; slot < workers; ++slot) new (boards() + slot) Board{};
  options_.boards = boards();
  renew_server();
  for (uint32_t slot = 0; slot < workers; ++slot) start(slot);
}

Crew::~Crew() {
  kill_all();
}

void Crew::start(uint32_t slot) {
  if (!server_) throw ServerGone();
  os::Pipe down = os::make_pipe();
  os::Pipe up = os::make_pipe();
  os::widen_pipe(down.writer, kPipeBytes);
  os::widen_pipe(up.writer, kPipeBytes);
  reset(board(slot));
  os::ProcessHandle process = server_->start(slot, down.reader, up.writer);
  up.writer.reset();
  Connection tasks{std::move(down.writer)};
  Connection results{std::move(up.reader)};
  tasks.set_nonblocking();
  results.set_nonblocking();
  poller_.watch(results.fd(), os::Poller::kReadable, token(slot, kResults));
  poller_.watch(process.fd(), os::Poller::kReadable, token(slot, kProcess));
  Member& member = members_[slot].emplace(
      Member{std::move(process), std::move(tasks), std::move(down.reader), std::move(results), {}});
  member.seen_sent = board(slot).sent.load();
}

bool Crew::has_room(uint32_t slot) {
  const Member& member = *members_[slot];
  // The ticket of the frame that was taken last may still be in use.
  return member.next_sequence - board(slot).taken.load(std::memory_order_acquire) < kTickets &&
         member.tasks.unsent() < kMostUnsent && !member.condemned;
}

void Crew::give(uint32_t slot, std::shared_ptr<Batch> batch, uint64_t number) {
  Member& member = *members_[slot];
  scratch_.clear();
  const Batch::Chunk chunk = batch->chunk(number, scratch_);
  const ChunkHeader header{member.next_sequence, batch->run(), static_cast<uint32_t>(batch->function().size()),
                           chunk.count, batch->timeout.count() != 0};
  board(slot).ticket(header.sequence).store(Ticket::given);
  member.tasks.post({bytes_of(header), batch->function(), chunk.items});
  member.given.push_back({std::move(batch), number, member.next_sequence++});
  member.used_at = ++uses_;
}

void Crew::flush(uint32_t slot) {
  Member& member = *members_[slot];
  const bool all = member.tasks.flush() != os::IoState::would_block;
  board(slot).given.store(member.next_sequence, std::memory_order_relaxed);
  if (all == !member.writing_watched) return;
  if (all) {
    poller_.forget(member.tasks.fd());
  } else {
    poller_.watch(member.tasks.fd(), os::Poller::kWritable, token(slot, kTasks));
  }
  member.writing_watched = !all;
}

bool Crew::withdraw(uint32_t slot, const Given& given) {
  return change(board(slot).ticket(given.sequence), Ticket::given, Ticket::withdrawn);
}

bool Crew::condemn(uint32_t slot, const std::exception_ptr& why, std::optional<int64_t> item_began) {
  Member& member = *members_[slot];
  std::atomic<Ticket>& ticket = board(slot).ticket(member.given.front().sequence);
  if (!change(ticket, Ticket::started, Ticket::condemned)) return false;
  // From here on the worker begins no other item. It may have done so a moment ago.
  if (item_began && board(slot).item_began.load() != *item_began) {
    ticket.store(Ticket::started);
    return false;
  }
  member.condemned = why;
  member.process.signal(SIGKILL);
  return true;
}

std::string Crew::remove(uint32_t slot) {
  Member& member = *members_[slot];
  member.process.signal(SIGKILL);
  poller_.forget(member.results.fd());
  poller_.forget(member.process.fd());
  poller_.forget(member.tasks.fd());
  std::string how = "was lost";
  try {
    if (server_) how = server_->collect(slot);
  } catch (const ServerGone&) {
    server_.reset();
  }
  members_[slot].reset();
  return how;
}

void Crew::dismiss() {
  for (auto& each : members_) {
    if (each) each->tasks.close();
  }
  for (auto& each : members_) {
    // Whoever writes a result that nobody wants is not waited for.
    if (each) each->results.close();
  }
  for (uint32_t slot = 0; slot < size(); ++slot) {
    if (members_[slot] && server_) (void)server_->collect(slot);
    members_[slot].reset();
  }
  server_.reset();
}

void Crew::kill_all() {
  for (uint32_t slot = 0; slot < size(); ++slot) {
    if (members_[slot]) members_[slot]->process.signal(SIGKILL);
  }
  for (uint32_t slot = 0; slot < size(); ++slot) {
    if (members_[slot]) (void)remove(slot);
  }
  server_.reset();
}

void Crew::disown() {
  for (auto& each : members_) each.reset();
  if (server_) server_->disown();
  server_.reset();
}

std::vector<int> Crew::pids() const {
  std::vector<int> pids;
  for (const auto& each : members_) {
    if (each) pids.push_back(each->process.pid());
  }
  return pids;
}

}  // namespace mpr::pool
