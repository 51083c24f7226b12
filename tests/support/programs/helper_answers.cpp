#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <stdexcept>

#include "helper.hpp"

namespace helper {

namespace {

[[noreturn]] void hang() {
  while (true) pause();
}

/// Does what a request says, and answers it: its own words, or what is asked for.
std::string answer_to(const std::string& request) {
  const size_t space = request.find(' ');
  const std::string deed = request.substr(0, space);
  const std::string about = space == std::string::npos ? "" : request.substr(space + 1);
  if (deed == "exit") exit(std::stoi(about));
  if (deed == "kill") {
    signal(std::stoi(about), SIG_DFL);
    raise(std::stoi(about));
  }
  if (deed == "await") {
    while (access(about.c_str(), F_OK) != 0) usleep(2000);
  }
  if (deed == "hang") hang();
  if (deed == "stay") {  // whatever SIGTERM says
    signal(SIGTERM, SIG_IGN);
    hang();
  }
  if (deed == "close-out") {
    close(1);
    hang();
  }
  if (deed == "close-in") {
    close(0);
    hang();
  }
  if (deed == "err") fprintf(stderr, "%s\n", about.c_str());
  if (deed == "pid") return std::to_string(getpid());
  if (deed == "env") return getenv(about.c_str()) ? getenv(about.c_str()) : "unset";
  if (deed == "write") return std::string(static_cast<size_t>(std::stoul(about)), 'x');
  if (deed == "leave") {  // a process behind, in a session of its own
    const pid_t child = fork();
    if (child == 0) {
      setsid();
      hang();
    }
    return std::to_string(child);
  }
  return request;
}

/// The first of the arguments in a request; helps itself to what little JSON mpr writes.
std::string first_argument(const std::string& request) {
  const std::string before = "{\"arguments\":[\"";
  if (request.compare(0, before.size(), before) != 0) throw std::runtime_error("no request: " + request);
  std::string argument;
  for (size_t at = before.size(); request.at(at) != '"'; ++at)
    argument += request[at] == '\\' ? request[++at] : request[at];
  return argument;
}

template <class Answer>
int for_each_line(Answer answer) {
  char* line = nullptr;
  size_t capacity = 0;
  for (ssize_t size = 0; (size = getline(&line, &capacity, stdin)) > 0;) {
    answer(std::string(line, static_cast<size_t>(size)));
    fflush(stdout);
  }
  free(line);
  return 0;
}

}  // namespace

int answer_lines(const Words& words) {
  if (!words.empty() && words[0] == "banner") puts("welcome");
  if (!words.empty() && words[0] == "err") fprintf(stderr, "loading\n");
  fflush(stdout);
  return for_each_line([](std::string line) {
    line.pop_back();
    const std::string answer = answer_to(line);
    if (line == "twice") puts("once");
    if (line == "half") return (void)fputs("half", stdout), fflush(stdout), exit(0);
    puts(answer.c_str());
  });
}

int answer_json(const Words& words) {
  if (words.empty() || words.back() != "--persistent_worker") throw std::runtime_error("not persistent");
  return for_each_line([](const std::string& line) {
    const std::string argument = first_argument(line);
    if (argument == "request") return (void)printf("{\"output\":\"%zu\"}", line.size());
    if (argument.compare(0, 4, "raw ") == 0) return (void)fputs(argument.c_str() + 4, stdout);
    printf("{\n  \"exitCode\": 0,\n  \"output\": \"%s\",\n  \"requestId\": 0\n}\n", answer_to(argument).c_str());
  });
}

}  // namespace helper
