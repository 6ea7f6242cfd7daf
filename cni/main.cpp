// SPDX-License-Identifier: Apache-2.0
// The CNI plugin: a thin client of podwired, started once for each command of the container
// runtime.

#include <exception>

#include "cni/plugin.hpp"
#include "cni/result.hpp"
#include "cni/standard_streams.hpp"

namespace {

using namespace podwire::cni;

int deliver(const Answer& answer) {
  if (!answer.for_people.empty()) write_note(answer.for_people);
  if (write_output(answer.output)) return answer.exit_status;
  if (answer.undo) answer.undo();
  write_note("podwire: standard output takes no result\n");
  return 1;
}

}  // namespace

int main() {
  prepare_standard_streams();
  try {
    return deliver(run(read_variables(), read_input));
  } catch (const std::exception& failure) {
    write_output(error_result({Code::internal, failure.what(), {}}, newest_version));
    return 1;
  }
}
