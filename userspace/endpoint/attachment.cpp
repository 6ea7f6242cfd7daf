// SPDX-License-Identifier: Apache-2.0
#include "endpoint/attachment.hpp"

namespace podwire::endpoint {

std::string label_of(const AttachmentId& id, const agent_api::PodName& pod) {
  const std::string pod_label = pod.name.empty() ? "-" : pod.pod_namespace + "/" + pod.name;
  return "pod=" + pod_label + " container=" + id.container_id + " ifname=" + id.ifname;
}

}  // namespace podwire::endpoint
