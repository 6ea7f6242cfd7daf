// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <utility>

#include "config/config.hpp"
#include "datapath/datapath.hpp"
#include "endpoint/manager.hpp"
#include "net/change_socket.hpp"
#include "net/rtnetlink.hpp"
#include "node.hpp"

namespace podwire {

// Brings the attachments after what others change under them: the node's addresses and default
// route, the MAC of a pod. Control thread only; references must outlive this.
class Follower {
 public:
  Follower(const config::Config& config, net::RtNetlink& links, datapath::Datapath& datapath,
           endpoint::Manager& manager, Node node)
      : config_(config),
        links_(links),
        datapath_(datapath),
        manager_(manager),
        node_(std::move(node)) {}

  // Returns what could not be followed and has to be tried again; the log says why.
  net::Changes follow(const net::Changes& changes);

 private:
  bool follow_node(const net::Changes& changes);
  bool suffers_from(const net::Changes& changes) const;
  Result<> take_over(const Node& node);

  const config::Config& config_;
  net::RtNetlink& links_;
  datapath::Datapath& datapath_;
  endpoint::Manager& manager_;
  Node node_;
  bool is_behind_ = false;  // the node's last change could not be followed
};

}  // namespace podwire
