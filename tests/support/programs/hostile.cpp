// hostile: says by its ELF note that it is a job program, and breaks the protocol (mpr/job_protocol.hpp) in the way
// that its word says; any other word is served as it should be, and answered by itself.
//
// Nothing of it comes from the library's own server, so that a mistake in one is not made in the other.
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <functional>
#include <map>
#include <string>

#include "mpr/job_protocol.hpp"

MPR_JOB_NOTE

using namespace mpr::job;

namespace {

constexpr size_t kRing = 1024 * 1024;

struct Server {
  int requests = -1;
  int notices = -1;
  Board* board = nullptr;
  std::byte* ring = nullptr;
  uint64_t task = 0;  ///< counted from 0
};
Server server;

[[noreturn]] void wait_forever() {
  for (;;) ::pause();
}

int64_t now() {
  timespec time{};
  ::clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1'000'000'000 + time.tv_nsec;
}

/// Exits at the end of the requests.
void read_exactly(void* to, size_t bytes) {
  for (auto* at = static_cast<char*>(to); bytes > 0;) {
    const ssize_t got = ::read(server.requests, at, bytes);
    if (got <= 0) std::exit(got < 0);
    at += got;
    bytes -= static_cast<size_t>(got);
  }
}

std::string read_word() {
  uint32_t length = 0;
  read_exactly(&length, sizeof length);
  std::string word(length, '\0');
  read_exactly(word.data(), length);
  return word;
}

void begin(int64_t when) {
  server.board->began.store(when);
  server.board->phase.store(2 * server.task + 1);
}

void publish(const AnswerHead& head, const std::string& text) {
  const uint64_t produced = server.board->produced.load();
  std::string bytes(reinterpret_cast<const char*>(&head), sizeof head);
  bytes += text;
  for (size_t i = 0; i < bytes.size(); ++i) server.ring[(produced + i) % kRing] = static_cast<std::byte>(bytes[i]);
  server.board->produced.store(produced + record_bytes(head));
  (void)::write(server.notices, "", 1);
}

void answer(const std::string& text, uint16_t flags = 0, uint16_t status = 0) {
  AnswerHead head;
  head.out = static_cast<uint32_t>(text.size());
  head.flags = flags;
  head.status = status;
  publish(head, text);
  server.board->phase.store(2 * server.task + 2);
}

void notify_and_wait() {
  (void)::write(server.notices, "", 1);
  wait_forever();
}

void claim(uint64_t produced) {
  begin(now());
  server.board->produced.store(produced);
  notify_and_wait();
}

void claim_length(uint32_t out, uint32_t err) {
  begin(now());
  AnswerHead head;
  head.out = out;
  head.err = err;
  std::memcpy(server.ring + server.board->produced.load() % kRing, &head, sizeof head);
  server.board->produced.fetch_add(sizeof head);
  notify_and_wait();
}

void flood(int fd) {
  begin(now());
  const std::string text(64 * 1024, 'x');
  while (::write(fd, text.data(), text.size()) > 0) {
  }
}

void flood_of_parts() {
  for (;;) {
    while (server.board->produced.load() - server.board->consumed.load() > kRing / 2) ::usleep(100);
    answer(std::string(1000, 'x'), AnswerHead::part);
  }
}

void flood_of_notices() {
  begin(now());
  while (::write(server.notices, "", 1) != 0) {
  }
}

const std::map<std::string, std::function<void()>> kDeeds{
    {"claim-too-much", [] { claim(uint64_t{1} << 62U); }},
    {"claim-nothing-again", [] { claim(0); }},
    {"claim-half-a-record", [] { claim(server.board->produced.load() + 1); }},
    {"long-out", [] { claim_length(UINT32_MAX, 0); }},
    {"long-err", [] { claim_length(0, UINT32_MAX); }},
    {"long-both", [] { claim_length(UINT32_MAX, UINT32_MAX); }},
    {"answer-twice",
     [] {
       begin(now());
       for (int i = 0; i < 100'000; ++i) answer("x\n");
       wait_forever();
     }},
    {"return", [] { answer("", AnswerHead::returned), wait_forever(); }},
    {"no-status", [] { begin(now()), answer("", 0, 300), wait_forever(); }},
    {"silent", [] { wait_forever(); }},
    {"silent-in-task", [] { begin(now()), wait_forever(); }},
    {"begin-in-the-future", [] { begin(INT64_MAX), wait_forever(); }},
    {"begin-again-and-again",
     [] {
       for (;;) begin(now());
     }},
    {"phase-of-another",
     [] {
       server.task += 1000;
       begin(now());
       wait_forever();
     }},
    {"flood-stdout", [] { flood(STDOUT_FILENO); }},
    {"flood-stderr", [] { flood(STDERR_FILENO); }},
    {"flood-parts", [] { flood_of_parts(); }},
    {"flood-notices", [] { flood_of_notices(); }},
    {"close-all", [] { ::close_range(0, ~0U, 0), wait_forever(); }},
};

/// Whether the worker lets the task be begun.
bool may_begin() {
  for (;;) {
    begin(now());
    const uint32_t hold = server.board->hold.load();
    if (hold == 0) return true;
    server.board->phase.store(2 * server.task);
    if ((hold & kRecall) != 0) return false;
    ::usleep(100);
  }
}

void serve(const std::string& word) {
  const auto deed = kDeeds.find(word);
  if (deed != kDeeds.end()) return deed->second();
  if (may_begin())
    answer(word + "\n");
  else
    answer("", AnswerHead::returned);
  ++server.task;
}

}  // namespace

int main() {
  std::array<int, 5> fds{};
  const char* const channels = std::getenv(kServeVariable);
  if (channels == nullptr || std::sscanf(channels, "%d,%d,%d", &fds[0], &fds[1], &fds[2]) != 3) return 2;
  server.requests = fds[0];
  server.notices = fds[1];
  void* const memory = ::mmap(nullptr, kRingOffset + kRing, PROT_READ | PROT_WRITE, MAP_SHARED, fds[2], 0);
  if (memory == MAP_FAILED) return 2;
  server.board = static_cast<Board*>(memory);
  server.ring = static_cast<std::byte*>(memory) + kRingOffset;
  for (;;) {
    RequestHead head;
    read_exactly(&head, sizeof head);
    for (uint32_t task = 0; task < head.count; ++task) serve(read_word());
  }
}
