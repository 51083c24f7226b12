// ResidentProcess: a process that stays, and the three pipes through which one talks to it. None of it ever blocks, but
// for the destructor.
//
//   ResidentProcess process{buffer, supervisor.residents()};
//   if (auto failure = process.start(launcher, task, supervisor)) ...
//   process.write(request);
//   std::string_view answer = process.read(Stream::out);
//
// Ownership: while it runs it is one of the worker's residents. The destructor ends a process that still runs, as the
//   worker's own end does: the end of its input, and SIGTERM and SIGKILL, each after a tenth of a second.
// Errors: NoPipe from the constructor.
#pragma once

#include <span>
#include <string_view>
#include <variant>
#include <vector>

#include "os/pipe.hpp"
#include "os/process_handle.hpp"
#include "worker/capture.hpp"
#include "worker/launcher.hpp"
#include "worker/residents.hpp"

namespace mpr::worker {

class ResidentProcess {
 public:
  /// `buffer` is scratch memory for reading, half of it for each stream, kept by the executor from process to process.
  ResidentProcess(std::span<char> buffer, Residents& residents);
  ResidentProcess(const ResidentProcess&) = delete;
  ResidentProcess& operator=(const ResidentProcess&) = delete;
  ~ResidentProcess();

  /// To be called once.
  [[nodiscard]] std::optional<os::SpawnFailure> start(Launcher& launcher, const Task& task, Supervisor& supervisor);

  [[nodiscard]] const os::ProcessHandle& handle() const { return handle_; }
  /// None once it has been closed, by either side.
  [[nodiscard]] os::FdRef input() const { return input_.writer; }
  [[nodiscard]] os::FdRef reader(Stream stream) const { return output(stream).reader; }

  /// Writes what there is room for; answers how many bytes.
  size_t write(std::string_view bytes);
  void close_input() { input_.writer.reset(); }
  /// What is in the stream now, up to the size of its buffer; valid until it is read again.
  [[nodiscard]] std::string_view read(Stream stream);

  /// To its group, or to itself if it has left that.
  void signal(int signal) const;
  /// To be called when it has ended. What it has left behind is ended, too.
  os::ProcessEnd reap();
  /// Gives up on a process that SIGKILL does not end.
  void abandon();

 private:
  [[nodiscard]] os::Pipe& output(Stream stream) { return output_[static_cast<size_t>(stream)]; }
  [[nodiscard]] const os::Pipe& output(Stream stream) const { return output_[static_cast<size_t>(stream)]; }
  void end();
  /// Reads all that it writes, for nobody, until it ends. False when the time is over first.
  bool ends_within(os::Duration time);

  std::span<char> buffer_;
  Residents& residents_;
  os::Pipe input_;
  std::array<os::Pipe, 2> output_;
  os::ProcessHandle handle_;
};

}  // namespace mpr::worker
