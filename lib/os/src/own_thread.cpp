#include "os/own_thread.hpp"

#include <pthread.h>
#include <unistd.h>

namespace mpr::os::detail {

constinit thread_local OwnThread own_thread;

namespace {

void forget() {
  own_thread = {};
}

}  // namespace

const OwnThread& ask_own_thread() {
  // In a child there is one thread, that which forked. (Without memory for a handler there is no knowing: never keep.)
  static const bool forgets = ::pthread_atfork(nullptr, nullptr, forget) == 0;
  static thread_local OwnThread fresh;
  OwnThread& answer = forgets ? own_thread : fresh;
  answer = {::getpid(), ::gettid()};
  return answer;
}

}  // namespace mpr::os::detail
