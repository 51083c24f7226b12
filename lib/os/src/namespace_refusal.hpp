// Why a system does not let us have a namespace, as far as it can be found out.
#pragma once

namespace mpr::os {

/// Both throw NamespaceRefused. `error`: what the kernel answered.
[[noreturn]] void refuse_user_namespace(int error);
[[noreturn]] void refuse_pid_namespace(int error);

}  // namespace mpr::os
