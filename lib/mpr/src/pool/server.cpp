#include "pool/server.hpp"

#include <csignal>
#include <map>

#include "os/cpu_set.hpp"
#include "os/descendants.hpp"
#include "os/error.hpp"
#include "os/fork.hpp"
#include "os/own_thread.hpp"
#include "os/signals.hpp"
#include "pool/frames.hpp"
#include "self.hpp"

namespace mpr::pool {
namespace {

enum Kind : uint32_t { kStart, kCollect };

struct Request {
  uint32_t kind;
  uint32_t slot;
};

}  // namespace

struct ServerReply {
  int error = 0;   ///< errno, when it could not be done
  int pid = 0;     ///< of the worker
  int code = 0;    ///< how it ended: exit status ...
  int signal = 0;  ///< ... or signal
  bool unknown = false;
};

namespace {

/// The server's side: answers one request after another until the owner has gone.
class Server {
 public:
  Server(os::UniqueFd socket, const ServerOptions& options) : socket_(std::move(socket)), options_(options) {}

  int run() {
    for (;;) {
      Request request{};
      std::vector<os::UniqueFd> received;
      const os::IoResult got = os::receive_some(socket_, std::as_writable_bytes(std::span{&request, 1}), received);
      if (got.state == os::IoState::closed) break;
      if (request.kind == kCollect) {
        reply(collect(request.slot), {});
      } else if (received.size() == 2 && received[0] && received[1]) {
        start(request.slot, std::move(received[0]), std::move(received[1]));
      } else {
        reply({.error = EMFILE}, {});  // the descriptors did not get through
      }
    }
    for (auto& [slot, worker] : workers_) worker.signal(SIGKILL);
    for (auto& [slot, worker] : workers_) (void)worker.wait();
    return 0;
  }

 private:
  void start(uint32_t slot, os::UniqueFd tasks, os::UniqueFd results) try {
    os::ProcessHandle worker = os::fork_child([&] {
      socket_.reset();
      workers_.clear();
      become("PoolWorker-" + std::to_string(slot + 1), "", true, server_pid_);
      if (slot < options_.affinity.size() && !options_.affinity[slot].empty()) {
        os::pin_this_thread(options_.affinity[slot]);
      }
      return worker_main(Connection{std::move(tasks)}, Connection{std::move(results)}, options_.boards[slot],
                         options_.worker);
    });
    const int pid = worker.pid();
    const os::FdRef handle = worker.fd();
    workers_.insert_or_assign(slot, std::move(worker));
    reply({.pid = pid}, std::span{&handle, 1});
  } catch (const std::system_error& error) {
    reply({.error = error.code().value()}, {});
  }

  ServerReply collect(uint32_t slot) {
    const auto found = workers_.find(slot);
    if (found == workers_.end()) return {.unknown = true};
    const os::ProcessEnd end = found->second.wait();
    workers_.erase(found);
    return {.code = end.status.code(), .signal = end.status.signal(), .unknown = end.lost};
  }

  void reply(const ServerReply& reply, std::span<const os::FdRef> descriptors) {
    (void)os::send_some(socket_, bytes_of(reply), descriptors);
  }

  os::UniqueFd socket_;
  const ServerOptions& options_;
  const int server_pid_ = os::own_thread().pid;
  std::map<uint32_t, os::ProcessHandle> workers_;
};

}  // namespace

ForkServer::ForkServer(const ServerOptions& options) {
  os::SocketPair sockets = os::make_packet_socket_pair();
  const int owner = os::own_thread().pid;
  process_ = os::fork_child([&] {
    sockets.first.reset();
    os::name_this_process("mpr-pool-server");
    os::neglect_signal(SIGINT);
    become("PoolServer", "", true, owner);
    return Server{std::move(sockets.second), options}.run();
  });
  socket_ = std::move(sockets.first);
}

ForkServer::~ForkServer() {
  socket_.reset();
  if (process_) (void)process_.wait();
}

ServerReply ForkServer::ask(uint32_t kind, uint32_t slot, std::span<const os::FdRef> descriptors,
                            std::vector<os::UniqueFd>& received) {
  const Request request{kind, slot};
  if (os::send_some(socket_, bytes_of(request), descriptors).state != os::IoState::done) throw ServerGone();
  ServerReply reply{};
  const os::IoResult got = os::receive_some(socket_, std::as_writable_bytes(std::span{&reply, 1}), received);
  if (got.state != os::IoState::done) throw ServerGone();
  return reply;
}

os::ProcessHandle ForkServer::start(uint32_t slot, os::FdRef task_reader, os::FdRef result_writer) {
  const std::array descriptors{task_reader, result_writer};
  std::vector<os::UniqueFd> received;
  const ServerReply reply = ask(kStart, slot, descriptors, received);
  if (reply.error != 0) os::throw_errno("cannot start a worker", reply.error);
  if (received.empty() || !received[0]) os::throw_errno("cannot start a worker", EMFILE);
  return {reply.pid, std::move(received[0])};
}

std::string ForkServer::collect(uint32_t slot) {
  std::vector<os::UniqueFd> none;
  const ServerReply reply = ask(kCollect, slot, {}, none);
  if (reply.unknown) return "has ended";
  if (reply.signal != 0) return "was " + os::ExitStatus::signaled(reply.signal).text();
  return "ended with " + os::ExitStatus::exited(reply.code).text();
}

}  // namespace mpr::pool
