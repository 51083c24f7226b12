#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <stdexcept>

#include "helper.hpp"

namespace helper {

namespace {

const char* got_term_file = nullptr;

void note_term(int) {
  const int fd = open(got_term_file, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
  if (fd >= 0) close(fd);
}

[[noreturn]] void wait_for_ever() {
  while (true) pause();
}

}  // namespace

void exec_words(const Words& words, size_t first) {
  std::vector<char*> argv;
  for (size_t n = first; n < words.size(); ++n) argv.push_back(const_cast<char*>(words[n].c_str()));
  argv.push_back(nullptr);
  execvp(argv[0], argv.data());
  throw std::runtime_error("cannot run " + word(words, first) + ": " + strerror(errno));
}

int start_daemon(const Words&) {
  int started[2];
  if (pipe2(started, O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
  if (const pid_t middle = fork(); middle != 0) {
    close(started[1]);
    waitpid(middle, nullptr, 0);
    char byte = 0;
    return read(started[0], &byte, 1) == 1 ? 0 : 1;
  }
  if (fork() != 0) _exit(0);
  setsid();
  [[maybe_unused]] const ssize_t told = write(started[1], "+", 1);
  wait_for_ever();
}

int ignore_term(const Words& words) {
  got_term_file = word(words, 1).c_str();
  signal(SIGTERM, note_term);
  touch(word(words, 0));
  wait_for_ever();
}

int ignoring(const Words& words) {
  signal(static_cast<int>(number(words, 0)), SIG_IGN);
  exec_words(words, 1);
}

int blocking(const Words& words) {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, static_cast<int>(number(words, 0)));
  if (number(words, 0) == 0) sigfillset(&signals);  // all of them
  sigprocmask(SIG_BLOCK, &signals, nullptr);
  exec_words(words, 1);
}

int measure_peak(const Words& words) {
  prctl(PR_SET_CHILD_SUBREAPER, 1);  // what outlives the program is waited for here, and so measured too
  const pid_t program = fork();
  if (program == 0) {
    prctl(PR_SET_CHILD_SUBREAPER, 0);
    exec_words(words, 1);
  }
  int program_status = 0;
  int status = 0;
  for (pid_t ended = wait(&status); ended > 0; ended = wait(&status)) {
    if (ended == program) program_status = status;
  }
  rusage usage{};
  getrusage(RUSAGE_CHILDREN, &usage);
  FILE* file = fopen(word(words, 0).c_str(), "w");
  if (file == nullptr) throw std::runtime_error("cannot write " + word(words, 0));
  fprintf(file, "%ld\n", usage.ru_maxrss);
  fclose(file);
  return WIFEXITED(program_status) ? WEXITSTATUS(program_status) : 128 + WTERMSIG(program_status);
}

}  // namespace helper
