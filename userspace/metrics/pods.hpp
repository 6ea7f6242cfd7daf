// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "endpoint/attachment.hpp"
#include "endpoint/ipam.hpp"
#include "health/prober.hpp"

namespace podwire::metrics {

// What a scrape takes along from the control and the probe thread; counters are read afterwards,
// from the kernel's maps.
struct Inventory {
  struct Pod {
    std::string pod_namespace;
    std::string name;   // the container id if the runtime did not name a pod
    std::string owner;  // the attachment's host link, as the prober knows it
    std::uint32_t slot = 0;
  };
  std::vector<Pod> pods;  // one for each attachment
  std::vector<std::pair<net::Prefix, endpoint::PoolUsage>> pools;
  std::vector<health::Sample> probes;
};

Inventory::Pod pod_of(const endpoint::Attachment& attachment);

}  // namespace podwire::metrics
