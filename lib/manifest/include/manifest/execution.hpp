// Execution: how the tasks of a job are run, chosen by what was asked for and by what the job's program is.
//
//   set_execution(job, ExecutorChoice::automatic, task_template);
//
// A process that stays is started by the first words of the command, and asked the others:
//
//   persistent     the program starts it, all further words are asked
//   lines, json    the words before the first placeholder start it; without one, all words do, and the input is asked
//
// Errors: Error when the job cannot be run as it is asked for.
#pragma once

#include "manifest/executor_choice.hpp"
#include "manifest/task_template.hpp"
#include "runner/plan.hpp"

namespace mpr::manifest {

/// Reads the program's file, if it is the same for all tasks.
void set_execution(runner::Job& job, ExecutorChoice choice, const TaskTemplate& tasks);

}  // namespace mpr::manifest
