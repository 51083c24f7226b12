#include "manifest/map_plan.hpp"

namespace mpr::manifest {

runner::TaskSource::Next MapPlan::next(runner::Inputs& inputs) {
  switch (inputs_.next(inputs)) {
    case Step::value:
      return Next::task;
    case Step::wait:
      return Next::wait;
    case Step::end:
      break;
  }
  return Next::end;
}

}  // namespace mpr::manifest
