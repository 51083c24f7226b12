#include "namespace_refusal.hpp"

#include <cerrno>
#include <string>
#include <system_error>

#include "os/io.hpp"
#include "os/pid_namespace.hpp"

namespace mpr::os {
namespace {

/// A setting that keeps namespaces from being made.
struct Setting {
  const char* path;
  const char* name;
  const char* value;  ///< with which it does
};

constexpr Setting kForUsers[]{
    {"/proc/sys/user/max_user_namespaces", "user.max_user_namespaces", "0"},
    {"/proc/sys/kernel/unprivileged_userns_clone", "kernel.unprivileged_userns_clone", "0"},
    {"/proc/sys/kernel/apparmor_restrict_unprivileged_userns", "kernel.apparmor_restrict_unprivileged_userns", "1"},
};
constexpr Setting kForPids[]{{"/proc/sys/user/max_pid_namespaces", "user.max_pid_namespaces", "0"}};

bool is_filtered() {
  const auto status = read_file("/proc/self/status");
  return status && status->find("\nSeccomp:\t2") != std::string::npos;
}

/// ": Operation not permitted (kernel.unprivileged_userns_clone is 0)"
template <size_t count>
std::string reason(int error, const Setting (&settings)[count]) {
  const std::string text = ": " + std::generic_category().message(error);
  for (const Setting& setting : settings) {
    const auto now = read_file(setting.path);
    if (now && *now == std::string(setting.value) + "\n")
      return text + " (" + setting.name + " is " + setting.value + ")";
  }
  if (error == EPERM && is_filtered()) return text + " (a seccomp filter, as containers have, may be why)";
  if (error == EINVAL) return text + " (the kernel may be built without)";
  if (error == ENOSPC) return text + " (there are too many, or too many in one another)";
  return text;
}

}  // namespace

void refuse_user_namespace(int error) {
  throw NamespaceRefused(
      "the system refuses a user namespace, which a PID namespace needs without CAP_SYS_ADMIN" +
          reason(error, kForUsers),
      "it is to be had as root, or where the system allows user namespaces; else go without --isolate");
}

void refuse_pid_namespace(int error) {
  // In a user namespace that is not trusted, the refusal comes only now.
  const std::string why = error == EPERM ? reason(error, kForUsers) : reason(error, kForPids);
  throw NamespaceRefused("the system refuses a PID namespace" + why,
                         "it is to be had as root, or where the system allows it; else go without --isolate");
}

}  // namespace mpr::os
