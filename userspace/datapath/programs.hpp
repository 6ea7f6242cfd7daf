// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "base/result.hpp"

struct podwire_pod;
struct podwire_probe;

namespace podwire::datapath {

// The loaded programs and their maps. Maps that an earlier agent pinned are taken over with their
// content, so counters and endpoints outlive the agent. Owns the descriptors; pins stay behind.
class Programs {
 public:
  // `pins`: a directory on a bpffs. The verifier's words are part of the error.
  static Result<Programs> load(const std::string& pins);

  Programs(Programs&&) noexcept;
  Programs& operator=(Programs&&) noexcept;
  ~Programs();

  const podwire_pod& pod() const { return *pod_; }
  const podwire_probe& probe() const { return *probe_; }

 private:
  struct Destroy {
    void operator()(podwire_pod* skeleton) const;
    void operator()(podwire_probe* skeleton) const;
  };
  Programs() = default;

  std::unique_ptr<podwire_pod, Destroy> pod_;
  std::unique_ptr<podwire_probe, Destroy> probe_;
};

}  // namespace podwire::datapath
