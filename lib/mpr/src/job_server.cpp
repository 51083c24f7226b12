// A job program that serves a worker: many tasks, one after another, in one process.
#include <pthread.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <stdexcept>

#include "job_board.hpp"
#include "job_main.hpp"
#include "job_output.hpp"
#include "job_requests.hpp"
#include "os/clock.hpp"
#include "os/error.hpp"
#include "os/io.hpp"

namespace mpr::job {
namespace {

constexpr int64_t kNotifyEvery = 1'000'000;  // nanoseconds
constexpr size_t kMuchText = 64 * 1024;      // more memory than this is not kept from task to task

int64_t now() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(os::Clock::now().time_since_epoch()).count();
}

/// An environment variable whose value changes with each task: a number, rewritten where it is.
class NumberVariable {
 public:
  explicit NumberVariable(std::string_view name) : digits_(name.size() + 1) {
    name.copy(text_.data(), name.size());
    text_[name.size()] = '=';
    os::check(::putenv(text_.data()), "putenv");
  }
  NumberVariable(const NumberVariable&) = delete;
  NumberVariable& operator=(const NumberVariable&) = delete;

  void set(uint64_t value) {
    *std::to_chars(text_.data() + digits_, text_.data() + text_.size() - 1, value).ptr = '\0';
  }

 private:
  std::array<char, 40> text_{};
  size_t digits_;
};

// They stay in the environment for as long as there is one.
NumberVariable& task_variable() {
  static NumberVariable variable{"MPR_TASK"};
  return variable;
}
NumberVariable& attempt_variable() {
  static NumberVariable variable{"MPR_ATTEMPT"};
  return variable;
}

/// The descriptors of kServeVariable.
struct Channels {
  os::UniqueFd requests;
  os::UniqueFd notices;
  os::UniqueFd board;
  os::UniqueFd out;
  os::UniqueFd err;
};

Channels channels_of(std::string_view text) {
  Channels channels;
  const char* at = text.data();
  const char* const end = text.data() + text.size();
  for (os::UniqueFd* each : {&channels.requests, &channels.notices, &channels.board, &channels.out, &channels.err}) {
    int fd = -1;
    const auto [behind, error] = std::from_chars(at, end, fd);
    if (error != std::errc() || fd < 3) throw std::invalid_argument("what it says is not from mpr");
    os::set_close_on_exec(os::FdRef{fd});  // none of the processes that the function starts
    each->reset(fd);
    at = behind == end ? end : behind + 1;
  }
  return channels;
}

/// Whether this process is one that the function has forked, and which has come back from there.
bool forked = false;

class Server {
 public:
  Server(const Job& job, std::string_view program, Words first, Channels channels)
      : job_(job),
        program_(program),
        requests_(std::move(channels.requests), first),
        board_(channels.board, std::move(channels.notices)),
        output_(std::move(channels.out), std::move(channels.err)),
        most_words_of_one_call_(std::max<size_t>(1, job.parameters.size())) {
    os::check(-::pthread_atfork(nullptr, nullptr, [] { forked = true; }), "pthread_atfork");
  }

  int run() {
    const auto before_wait = [this] {
      if (board_.news()) notify();
      late_ = true;
    };
    while (const auto head = requests_.next(before_wait)) {
      attempt_variable().set(head->attempt);
      for (uint32_t task = 0; task < head->count; ++task) {
        task_variable().set(head->place + task);
        const Words words = requests_.words(head->words, before_wait);
        if (late_) tell_time();
        serve(words);
      }
    }
    return 0;
  }

 private:
  void tell_time() {
    now_ = now();
    late_ = false;
  }

  void serve(Words words) {
    AnswerHead head;
    if (!board_.begin(now_)) {
      head.flags = AnswerHead::returned;
      board_.answer(head, {}, {});
      late_ = true;  // it may have waited
    } else {
      head.status = static_cast<uint16_t>(call(words) & 0xff);
      end(head);
    }
    if (now_ - notified_ >= kNotifyEvery || board_.half_full()) notify();
  }

  void notify() {
    board_.notify();
    output_.measure();
    tell_time();
    notified_ = now_;
  }

  /// What comes last of a task, the text of its only call and what there is to complain of, need not go by way of the
  /// streams.
  int call(Words words) {
    text_.clear();
    complaint_.clear();
    if (words.size() > most_words_of_one_call_ || !JobOutput::plain()) {
      return perform_by_stdio(job_, program_, words).value_or(kFailed);
    }
    return perform(job_, program_, words, keep_text_, keep_complaint_);
  }

  void end(AnswerHead head) {
    const int64_t ended = now();
    const int64_t took = ended - now_;
    now_ = ended;
    head.time = time_of(took, head.flags);
    if (output_.may_have_written(took) || !JobOutput::plain()) {
      end_slowly(head);
      late_ = true;  // else the next task would be taken for as slow
    } else {
      board_.answer(head, {JobOutput::buffered(), text_}, {complaint_});
    }
    JobOutput::drop_buffered();
  }

  void end_slowly(AnswerHead head) {
    if (forked) end_forked(head.status);
    board_.end_call();
    if (std::fwide(stdout, 0) > 0 && !text_.empty()) put_on_wide_stream(head);
    if (std::ferror(stdout) != 0) {
      std::clearerr(stdout);
      head.status = static_cast<uint16_t>(complain_of_writing(program_, 0));
    }
    output_.read_pipes();
    Pieces out{output_.out(), JobOutput::buffered(), text_};
    Pieces err{output_.err(), complaint_};
    if (!JobOutput::plain()) {
      for (const std::string_view piece : out) board_.answer_part(piece, {});
      for (const std::string_view piece : err) board_.answer_part({}, piece);
      JobOutput::drop_buffered();
      JobOutput::flush_others();
      output_.read_pipes();
      out = {output_.out()};
      err = {output_.err()};
    }
    board_.answer(head, out, err);
    for (std::string* each : {&text_, &complaint_}) {
      if (each->capacity() > kMuchText) *each = std::string();
    }
  }

  /// Bytes and wide characters do not go together on one stream.
  void put_on_wide_stream(AnswerHead& head) {
    const bool done = std::fwrite(text_.data(), 1, text_.size(), stdout) == text_.size();
    if (!done) head.status = static_cast<uint16_t>(complain_of_writing(program_, 0));
    text_.clear();
  }

  /// Does what it would do in a process of its own.
  [[noreturn]] void end_forked(int status) {
    (void)std::fwrite(complaint_.data(), 1, complaint_.size(), stderr);
    (void)std::fwrite(text_.data(), 1, text_.size(), stdout);
    std::exit(std::fflush(stdout) == 0 ? status : complain_of_writing(program_, errno));
  }

  static uint32_t time_of(int64_t nanoseconds, uint16_t& flags) {
    constexpr int64_t kMost = std::numeric_limits<uint32_t>::max();
    if (nanoseconds <= kMost) return static_cast<uint32_t>(nanoseconds);
    flags = static_cast<uint16_t>(flags | AnswerHead::in_millis);
    return static_cast<uint32_t>(std::min(nanoseconds / 1'000'000, kMost));
  }

  const Job& job_;
  std::string_view program_;
  JobRequests requests_;
  JobBoard board_;
  JobOutput output_;
  size_t most_words_of_one_call_;
  std::string text_;
  std::string complaint_;
  Sink keep_text_{[this](std::string_view text) { text_ += text; }};
  Sink keep_complaint_{[this](std::string_view text) { complaint_ += text; }};
  int64_t now_ = now();
  int64_t notified_ = now_;
  bool late_ = true;  ///< now_ was some time ago
};

}  // namespace

int serve(const Job& job, std::string_view program, Words first, const char* channels) try {
  const std::string text = channels;
  ::unsetenv(kServeVariable);
  return Server{job, program, first, channels_of(text)}.run();
} catch (const std::exception& error) {
  std::fprintf(stderr, "%.*s: cannot serve mpr: %s\n", static_cast<int>(program.size()), program.data(), error.what());
  return kFailed;
}

}  // namespace mpr::job
