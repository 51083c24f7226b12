// All of the library. Each header says of its class what its users may rely on; mpr/job.hpp, which makes a function
// into a program, is included on its own.
#pragma once

#include "mpr/affinity.hpp"
#include "mpr/array.hpp"
#include "mpr/barrier.hpp"
#include "mpr/codec.hpp"
#include "mpr/condition.hpp"
#include "mpr/connection.hpp"
#include "mpr/errors.hpp"
#include "mpr/event.hpp"
#include "mpr/lock.hpp"
#include "mpr/pool.hpp"
#include "mpr/process.hpp"
#include "mpr/queue.hpp"
#include "mpr/semaphore.hpp"
#include "mpr/shared_memory.hpp"
#include "mpr/value.hpp"
#include "mpr/wait.hpp"
