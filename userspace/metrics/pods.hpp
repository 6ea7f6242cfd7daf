// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "endpoint/attachment.hpp"
#include "endpoint/ipam.hpp"
#include "health/prober.hpp"

namespace podwire::metrics {

// What a scrape takes along from the control and the probe thread; counters are read afterwards,
// from the kernel's maps.
struct Inventory {
  // One attachment.
  struct Pod {
    std::string pod_namespace;
    std::string name;   // the container id if the runtime did not name a pod
    std::string owner;  // the attachment's host link, as the prober knows it
    std::uint32_t slot = 0;
    std::string interface = {};  // in the container
    agent_api::Bandwidth bandwidth;
    std::uint64_t ingress_shaper_drops = 0;  // packets
  };
  std::vector<Pod> pods;
  bool has_shaper_drops = true;
  std::vector<std::pair<net::Prefix, endpoint::PoolUsage>> pools;
  std::vector<health::Sample> probes;
};

// `shaper_drops`: as Manager::shaper_drops() gives them.
Inventory::Pod pod_of(const endpoint::Attachment& attachment,
                      const std::map<std::uint32_t, std::uint64_t>& shaper_drops);

}  // namespace podwire::metrics
