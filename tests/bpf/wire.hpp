// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "base/unique_fd.hpp"
#include "packet.hpp"

namespace podwire::bpf_test {

// What the programs send goes over these links and nowhere else. The first use moves the whole
// process into a network namespace of its own; the namespace ends with the process:
//
//   from_pod, to_pod, probes run here        the test listens here
//               client-host  <===== veth =====>  client-pod
//               server-host  <===== veth =====>  server-pod
//
// The MTU is 9000. No interface has an address, so the kernel itself sends nothing on them.
struct Wire {
  static const Wire& get();

  unsigned client_host = 0;  // interface indices
  unsigned server_host = 0;
};

// Sends one frame out of an interface, to the other end of its pair.
void inject(const std::string& interface, const Bytes& frame);

// Frames that arrive at one interface from now on; what it sends is left out.
class Capture {
 public:
  explicit Capture(const std::string& interface);

  // The next frame, waited for at most so long.
  std::optional<Bytes> next(std::chrono::milliseconds patience = std::chrono::seconds(2)) const;
  // True if nothing more has arrived. A veth delivers before the test run returns or, at the
  // latest, in a softirq right after it, so a short wait is enough.
  bool quiet() const { return !next(std::chrono::milliseconds(20)).has_value(); }

 private:
  UniqueFd socket_;
};

}  // namespace podwire::bpf_test
