#include "worker/residents.hpp"

namespace mpr::worker {

void Residents::add(pid_t pid) {
  pids_.push_back(pid);
  write_text();
}

void Residents::remove(pid_t pid) {
  std::erase(pids_, pid);
  write_text();
}

bool Residents::are_all_children() {
  if (pids_.empty()) return false;
  if (!children_) children_.emplace();
  return children_->read() == text_;
}

void Residents::write_text() {
  text_.clear();
  for (const pid_t pid : pids_) text_ += std::to_string(pid) + ' ';
}

}  // namespace mpr::worker
