// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include <podwire/agent_api.hpp>

#include "datapath/datapath.hpp"
#include "endpoint/bandwidth.hpp"
#include "endpoint/ipam.hpp"
#include "net/links.hpp"
#include "net/netns.hpp"

namespace podwire::endpoint {

using agent_api::AttachmentId;

// One container interface wired by this agent: what the store keeps, and all that is needed to find
// its kernel objects again.
struct Attachment {
  AttachmentId id;
  agent_api::PodName pod;
  std::string netns_path;
  net::Netns::Identity netns;
  net::Wiring wiring;
  std::uint32_t ifindex = 0;  // of the host end; found anew after a restart
  std::uint32_t slot = 0;
  Time attached_at;
  std::vector<agent_api::Probe> probes;
  agent_api::Bandwidth bandwidth;
  bool queued = false;  // the host end has a queue: of its ingress bandwidth, or somebody else's
};

inline void set_bandwidth(Attachment& attachment, const agent_api::Bandwidth& bandwidth) {
  attachment.bandwidth = bandwidth;
  attachment.wiring.ingress = shaper_of(bandwidth.ingress, attachment.wiring.mtu);
  attachment.wiring.egress = shaper_of(bandwidth.egress, attachment.wiring.mtu);
}

inline datapath::Endpoint endpoint_of(const Attachment& attachment) {
  return {.ifindex = attachment.ifindex,
          .slot = attachment.slot,
          .mtu = attachment.wiring.mtu,
          .pod_mac = attachment.wiring.pod_mac,
          .host_mac = attachment.wiring.host_mac,
          .ipv4 = attachment.wiring.ipv4,
          .ipv6 = attachment.wiring.ipv6,
          .queued = attachment.queued,
          .egress_limit = policer_of(attachment.bandwidth.egress, attachment.wiring.mtu)};
}

inline std::vector<net::Address> addresses_of(const net::Wiring& wiring) {
  std::vector<net::Address> addresses;
  if (wiring.ipv4) addresses.push_back(*wiring.ipv4);
  if (wiring.ipv6) addresses.push_back(*wiring.ipv6);
  return addresses;
}

// How logs and errors call the attachment: pod=<namespace>/<name>, or the container if the runtime
// did not name a pod.
std::string label_of(const AttachmentId& id, const agent_api::PodName& pod);

}  // namespace podwire::endpoint
