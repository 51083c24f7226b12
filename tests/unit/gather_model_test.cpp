// Gather against a model: whatever the interleaving, each ordering shows what it promises, byte for byte.
#include <map>
#include <random>
#include <set>

#include <catch2/catch.hpp>

#include "os/temporary_file.hpp"
#include "runner/gather.hpp"
#include "support/random_text.hpp"

using namespace mpr;
using namespace mpr::runner;
using worker::Stream;
using worker::TaskNumber;

namespace {

constexpr TaskNumber kTasks = 25;

struct Piece {
  TaskNumber number;
  Stream stream;
  std::string text;
};

/// Takes a piece now and then, and watches what may never happen.
class CheckingSink final : public Sink {
 public:
  explicit CheckingSink(std::mt19937& random) : random_(random) {}

  [[nodiscard]] bool ready() const override { return always_ || random_() % 3 != 0; }
  void always_ready() { always_ = true; }

  void output(TaskNumber number, const Inputs& inputs, Stream stream, std::span<const std::byte> bytes) override {
    strange_ += ended_.count(number) > 0 || bytes.empty() || inputs != Inputs{std::to_string(number)};
    pieces.push_back({number, stream, {reinterpret_cast<const char*>(bytes.data()), bytes.size()}});
  }
  void finished(const FinishedTask& task) override {
    strange_ += !ended_.insert(task.result.number).second;
    ends.push_back(task.result.number);
    pieces_at_end.push_back(pieces.size());
  }

  std::vector<Piece> pieces;
  std::vector<TaskNumber> ends;
  std::vector<size_t> pieces_at_end;

  /// Output after the end of its task, two ends of one task, empty pieces, somebody else's inputs.
  [[nodiscard]] int strange() const { return strange_; }
  [[nodiscard]] std::map<std::pair<TaskNumber, Stream>, std::string> by_task() const {
    std::map<std::pair<TaskNumber, Stream>, std::string> all;
    for (const Piece& piece : pieces) all[{piece.number, piece.stream}] += piece.text;
    return all;
  }
  [[nodiscard]] std::string stream(Stream which) const {
    std::string all;
    for (const Piece& piece : pieces) all += piece.stream == which ? piece.text : "";
    return all;
  }

 private:
  std::mt19937& random_;
  std::set<TaskNumber> ended_;
  bool always_ = false;
  int strange_ = 0;
};

/// Some tasks write, finish, are tried again or never finish, in a random order.
class Story {
 public:
  Story(unsigned seed, Ordering ordering, bool retries)
      : random_(seed),
        retries_(retries),
        gather_(ordering, !retries, std::make_shared<Spill>(os::temporary_directory(), 0)),
        sink(random_) {
    for (TaskNumber number = 1; number <= kTasks; ++number) unfinished_.push_back(number);
  }

  void tell() {
    while (!unfinished_.empty()) {
      const size_t which = random_() % std::min<size_t>(unfinished_.size(), 4);
      const TaskNumber number = unfinished_[which];
      switch (random_() % 10) {
        case 0:
          end(which, number);
          break;
        case 1:
          if (retries_) try_again(number);
          break;
        default:
          write(number);
      }
      gather_.pump(sink);
    }
    gather_.close_gaps();
    sink.always_ready();
    gather_.pump(sink);
  }

  [[nodiscard]] const Gather& gather() const { return gather_; }

 private:
  void write(TaskNumber number) {
    constexpr size_t kSizes[] = {1, 5, 50, 5000, 200'000};
    const std::string text = test::random_text(random_, 1 + random_() % kSizes[random_() % std::size(kSizes)]);
    const Stream stream = random_() % 3 == 0 ? Stream::err : Stream::out;
    gather_.output(number, Inputs{std::to_string(number)}, stream, std::as_bytes(std::span{text}));
    written[{number, stream}] += text;
  }
  void end(size_t which, TaskNumber number) {
    unfinished_.erase(unfinished_.begin() + static_cast<ptrdiff_t>(which));
    if (random_() % 8 == 0) {
      gather_.discard(number);
      dropped.insert(number);
      return;
    }
    FinishedTask task;
    task.inputs = {std::to_string(number)};
    task.result.number = number;
    gather_.finished(task);
    ended.push_back(number);
  }
  void try_again(TaskNumber number) {
    gather_.discard(number);
    written.erase({number, Stream::out});
    written.erase({number, Stream::err});
  }

  std::mt19937 random_;
  bool retries_;
  Gather gather_;
  std::vector<TaskNumber> unfinished_;

 public:
  CheckingSink sink;
  std::map<std::pair<TaskNumber, Stream>, std::string> written;  ///< by last attempts
  std::vector<TaskNumber> ended;
  std::set<TaskNumber> dropped;
};

void check_all_is_there(Story& story) {
  CHECK(story.sink.strange() == 0);
  CHECK(story.gather().drained());
  CHECK(story.gather().held_bytes() == 0);
  auto seen = story.sink.by_task();
  for (const auto& [key, text] : story.written) {
    if (story.dropped.count(key.first) == 0) CHECK((seen[key] == text));
  }
}

/// Each task's pieces are together, up to its end.
void check_whole(const Story& story) {
  size_t piece = 0;
  for (size_t i = 0; i < story.sink.ends.size(); ++i) {
    for (; piece < story.sink.pieces_at_end[i]; ++piece) {
      const TaskNumber number = story.sink.pieces[piece].number;
      CHECK((number == story.sink.ends[i] || story.dropped.count(number) > 0));
    }
  }
}

/// Where one task's text meets another's, the line before it is complete, unless its task has ended with it.
void check_lines(const Story& story, Stream stream) {
  std::map<TaskNumber, size_t> end_at;
  for (size_t i = 0; i < story.sink.ends.size(); ++i) end_at[story.sink.ends[i]] = story.sink.pieces_at_end[i];
  const Piece* last = nullptr;
  for (size_t i = 0; i < story.sink.pieces.size(); ++i) {
    const Piece& piece = story.sink.pieces[i];
    if (piece.stream != stream) continue;
    if (last && last->number != piece.number && last->text.back() != '\n') {
      const auto end = end_at.find(last->number);
      CHECK((end != end_at.end() && end->second <= i));
    }
    last = &piece;
  }
}

}  // namespace

TEST_CASE("in order, any interleaving is seen as if the tasks had run one after another") {
  const auto seed = GENERATE(range(0U, 60U));
  CAPTURE(seed);
  const bool retries = seed % 2 == 1;
  Story story{seed, Ordering::in_order, retries};
  story.tell();
  check_all_is_there(story);
  check_whole(story);
  CHECK(std::is_sorted(story.sink.ends.begin(), story.sink.ends.end()));
  CHECK(story.sink.ends.size() + story.dropped.size() == kTasks);
  if (!story.dropped.empty()) return;
  for (const Stream stream : {Stream::out, Stream::err}) {
    std::string expected;
    for (TaskNumber number = 1; number <= kTasks; ++number) expected += story.written[{number, stream}];
    CHECK((story.sink.stream(stream) == expected));
  }
}

TEST_CASE("as completed, any interleaving is seen as whole tasks in the order of their ends") {
  const auto seed = GENERATE(range(0U, 60U));
  CAPTURE(seed);
  Story story{seed, Ordering::as_completed, seed % 2 == 1};
  story.tell();
  check_all_is_there(story);
  check_whole(story);
  CHECK(story.sink.ends == story.ended);
}

TEST_CASE("by line, any interleaving is seen as whole lines, and each task's in order") {
  const auto seed = GENERATE(range(0U, 60U));
  CAPTURE(seed);
  Story story{seed, Ordering::by_line, false};
  story.tell();
  check_all_is_there(story);
  check_lines(story, Stream::out);
  check_lines(story, Stream::err);
  CHECK(story.sink.ends == story.ended);
}
