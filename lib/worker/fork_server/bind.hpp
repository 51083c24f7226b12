// Binding ahead: what a program calls in shared libraries is usually looked up at the first call. Looked up in the
// server, it need not be in each task: that is a sixth of what a small C++ task costs.
//
// LD_BIND_NOW would do the same, and more: libraries that a task opens itself (dlopen) would be bound at once too,
// which costs time, and fails where one lacks a symbol that is never called.
#pragma once

namespace mpr::fork_server {

/// Binds what can be bound now in all that is loaded, as the dynamic linker would. What is not found stays as it is.
void bind_ahead();

}  // namespace mpr::fork_server
