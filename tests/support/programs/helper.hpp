// helper: small deeds that tests need done exactly, where a shell would be unreliable.
//
// Each command gets the words after its name, and answers the exit status. The first line above each says how it is
// called; words beyond that are ignored, so that mpr may append an input.
#pragma once

#include <string>
#include <vector>

namespace helper {

using Words = std::vector<std::string>;

/// The N-th word, which must be there.
const std::string& word(const Words& words, size_t n);
long number(const Words& words, size_t n);

void touch(const std::string& path);

// Plain deeds: helper.cpp
int exit_with(const Words& words);         // exit N
int signal_with(const Words& words);       // signal N: ends by that signal
int write_out(const Words& words);         // write-out BYTES: numbered lines on stdout
int write_both(const Words& words);        // write-both BYTES: that many on stdout and on stderr, alternately
int print_args(const Words& words);        // args WORD...: for each its length and its bytes in hex
int print_env(const Words& words);         // env NAME...: the values, one a line
int await_file(const Words& words);        // await FILE: until it exists
int print_open_files(const Words& words);  // open-files: the soft limit

// Processes that answer one request after another: helper_answers.cpp. A request says what is to be done.
int answer_lines(const Words& words);  // answer-lines [banner|err]: a line for a line; writes something first
int answer_json(const Words& words);   // answer-json --persistent_worker: as Bazel's workers do

// Deeds about processes: helper_processes.cpp
int start_daemon(
    const Words& words);              // daemon: leaves a double-forked process in a session of its own, with our stdout
int ignore_term(const Words& words);  // ignore-term READY GOT: creates READY; creates GOT at SIGTERM; never ends
int ignoring(const Words& words);     // ignoring SIGNAL PROGRAM...: execs it with that signal ignored
int blocking(const Words& words);     // blocking SIGNAL PROGRAM...: execs it with that signal blocked, or all (0)
int without_namespaces(const Words& words);  // without-namespaces PROGRAM...: execs it with a filter that refuses them
int without_pinning(const Words& words);     // without-pinning PROGRAM...: one that refuses sched_setaffinity
int measure_peak(
    const Words& words);  // peak FILE PROGRAM...: runs it; FILE gets the peak KiB of any process it waited for

/// Becomes the program that begins at this word. Throws when it cannot be run.
[[noreturn]] void exec_words(const Words& words, size_t first);

}  // namespace helper
