// A program for the tests of the fork-server executor: tells what it finds of itself. Built without sanitizers, whose
// runtime wants to be the first library of a program.
//
// FORKED_AT_LOAD says what its constructor does: count (the default), print, exit, hang, thread, crash; FORKED_LOADING
// names a file that it makes before.
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <map>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace {

int constructed = 0;
int constructor_words = 0;
pid_t constructor_pid = 0;

struct AtLoad {
  AtLoad() {
    ++constructed;
    constructor_pid = getpid();
    const char* wish = getenv("FORKED_AT_LOAD");
    const std::string what = wish ? wish : "";
    if (const char* loading = getenv("FORKED_LOADING")) fclose(fopen(loading, "w"));
    if (what == "print" && write(1, "loading\n", 8) != 8) _exit(1);
    if (what == "exit") _exit(7);
    if (what == "crash") abort();
    if (what == "thread") std::thread([] { pause(); }).detach();
    while (what == "hang") pause();
  }
} at_load;

using Words = std::vector<std::string>;

int tell_count(const Words&) {
  printf("%d %d\n", constructed, constructor_words);
  return 0;
}

int tell_server(const Words&) {
  printf("%d\n", constructor_pid);
  return 0;
}

int tell_words(const Words& words) {
  for (const std::string& word : words) printf("[%s]\n", word.c_str());
  printf("%s %s\n", program_invocation_name, program_invocation_short_name);
  return 0;
}

int tell_environment(const Words&) {
  for (char** variable = environ; *variable; ++variable) puts(*variable);
  return 0;
}

int tell_size(const Words& words) {
  size_t size = 0;
  for (const std::string& word : words) size += word.size();
  printf("%zu\n", size);
  return 0;
}

/// What the C library believes of this process is what the kernel says.
int check_thread(const Words&) {
  pthread_mutex_t mutex;
  pthread_mutexattr_t attributes;
  pthread_mutexattr_init(&attributes);
  pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_ERRORCHECK);
  pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
  pthread_mutex_init(&mutex, &attributes);
  pthread_mutex_lock(&mutex);
  const bool owner = mutex.__data.__owner == gettid() && gettid() == getpid();
  void* head = nullptr;
  size_t size = 0;
  syscall(SYS_get_robust_list, 0, &head, &size);
  printf("%s %s\n", owner ? "owner" : "stranger", head != nullptr && size > 0 ? "robust" : "lost");
  return 0;
}

int run_threads(const Words&) {
  long sum = 0;
  pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
  std::vector<std::thread> threads;
  for (int i = 1; i <= 8; ++i) {
    threads.emplace_back([&, i] {
      pthread_mutex_lock(&mutex);
      sum += i;
      pthread_mutex_unlock(&mutex);
    });
  }
  for (std::thread& thread : threads) thread.join();
  printf("%ld\n", sum);
  return 0;
}

int leave_by_handlers(const Words& words) {
  atexit([] { puts("handler"); });
  printf("not flushed by hand ");
  return std::stoi(words.at(0));
}

int throw_and_catch(const Words& words) {
  try {
    throw std::runtime_error(words.at(0));
  } catch (const std::exception& error) {
    puts(error.what());
  }
  return 0;
}

int end_by_signal(const Words& words) {
  raise(std::stoi(words.at(0)));
  return 0;
}

int tell_cpus(const Words&) {
  cpu_set_t cpus;
  sched_getaffinity(0, sizeof cpus, &cpus);
  printf("%d\n", CPU_COUNT(&cpus));
  return 0;
}

/// A program that looks for the auxiliary vector where the kernel puts it.
int tell_page_size(const Words&) {
  char** end = environ;
  while (*end) ++end;
  const auto* entry = reinterpret_cast<const unsigned long*>(end + 1);
  while (entry[0] != AT_PAGESZ && entry[0] != AT_NULL) entry += 2;
  printf("%s\n", entry[1] == getauxval(AT_PAGESZ) ? "found" : "lost");
  return 0;
}

}  // namespace

__attribute__((constructor)) static void note_words(int argc, char**, char**) {
  constructor_words = argc;
}

int main(int argc, char** argv) {
  static const std::map<std::string, int (*)(const Words&)> commands{
      {"count", tell_count},      {"server", tell_server},   {"words", tell_words},    {"env", tell_environment},
      {"size", tell_size},        {"thread", check_thread},  {"threads", run_threads}, {"exit", leave_by_handlers},
      {"throw", throw_and_catch}, {"signal", end_by_signal}, {"cpus", tell_cpus},      {"page-size", tell_page_size},
  };
  const auto command = commands.find(argc > 1 ? argv[1] : "");
  if (command == commands.end()) return 100;
  return command->second(Words(argv + 2, argv + argc));
}
