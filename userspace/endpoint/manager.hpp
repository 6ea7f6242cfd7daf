// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "endpoint/attachment.hpp"
#include "endpoint/pools.hpp"
#include "endpoint/requested.hpp"
#include "endpoint/slots.hpp"
#include "endpoint/store.hpp"

namespace podwire::endpoint {

struct ManagerSettings {
  std::string instance;
  std::uint32_t default_mtu = 1500;
  std::uint32_t most_attachments = 1024;
  std::uint32_t most_probe_targets = 4096;
};

// Told about attachments as they come, change their probes, and go. Runs on the control thread;
// must not block.
struct Observer {
  std::function<void(const Attachment&)> published = [](const Attachment&) {};
  std::function<void(const Attachment&)> withdrawn = [](const Attachment&) {};
};

// What a restart found.
struct Restored {
  std::size_t adopted = 0;  // still there, taken over without an interruption
  std::size_t dropped = 0;  // gone while no agent was running
  std::size_t removed = 0;  // links that no record knows
};

// The life of attachments: the only writer of the store, the links and the endpoint maps. Control
// thread only. A failed attach leaves nothing behind.
class Manager {
 public:
  using Clock = std::function<Time()>;

  // All references must outlive the manager.
  Manager(ManagerSettings settings, net::Links& links, datapath::Datapath& datapath, Store& store,
          Pools pools, Clock clock, Observer observer);

  // Once, before anything else: compares store, links and maps; adopts, or removes.
  Result<Restored> restore();

  Result<Attachment> attach(const agent_api::AttachRequest& request, const net::Netns& pod);

  // A detach has three steps, so that the slow one, the deletion of the link, need not be done on
  // this thread: begin stops all traffic and returns the link's name; the caller deletes the link;
  // finish releases the addresses, or abort leaves the record for the next try: until then the
  // attachment stays unreachable and counts as being detached. One of these two follows each begin.
  // All succeed for what is not there.
  // `pod`: the attachment's namespace if the runtime still has it, else null; another one, by a
  // path that has come to mean something else, is left alone.
  std::string begin_detach(const AttachmentId& id, const net::Netns* pod = nullptr);
  Result<> finish_detach(const AttachmentId& id);
  void abort_detach(const AttachmentId& id);

  // `ips`: the addresses the runtime believes in, see CheckRequest. Errors: not_found, corrupt with
  // the first difference.
  Result<> check(const AttachmentId& id, const std::vector<std::string>& ips,
                 const net::Netns& pod);

  using Selector = std::function<bool(const Attachment&)>;

  // Makes good what others changed under the attachments. Of pods: their MAC, the queue of their
  // host end; failures are logged, and the host ends concerned returned. Of the node: MTU and
  // addresses of its own, and with them the host's side of every attachment; the error is that of
  // the last one that could not be followed.
  std::set<std::uint32_t> follow_pods(const Selector& selects);
  Result<> follow_node(std::uint32_t default_mtu, const std::vector<net::Address>& own);

  // Probes of every attachment that `selects`; not_found if there is none.
  Result<> add_probe(const Selector& selects, const agent_api::Probe& probe);
  Result<> remove_probe(const Selector& selects, std::uint16_t tcp_port);

  // Packets for a pod that its ingress shaper dropped, by ifindex of the host end; empty where none
  // has one.
  Result<std::map<std::uint32_t, std::uint64_t>> shaper_drops();

  // What may change while the agent runs. A lower limit leaves what is there.
  void set_limits(std::uint32_t most_attachments, ReuseDelay delay);

  const std::map<AttachmentId, Attachment>& attachments() const { return attachments_; }
  std::vector<std::pair<net::Prefix, PoolUsage>> pool_usage() const {
    return pools_.usage(clock_());
  }

 private:
  Result<> validate(const agent_api::AttachRequest& request, const net::Netns& pod) const;
  // Names the attachment that has one of them.
  Result<> expect_unused(const std::vector<net::Address>& requested) const;
  Result<Attachment> reserve(const agent_api::AttachRequest& request, const net::Netns& pod);
  Result<> wire(Attachment& attachment, const net::Netns& pod);
  // Gives back all that the record holds, and erases it.
  Result<> forget(const AttachmentId& id);
  Result<> follow_pair(Attachment& attachment);
  std::size_t probe_targets() const;
  // Names what an attachment's probes would exceed; `others`: targets of all others.
  Result<> expect_room_for_probes(const Attachment& attachment, std::size_t others) const;
  Result<> change_probes(const Selector& selects,
                         const std::function<void(std::vector<agent_api::Probe>&)>& change);
  bool take_over_link(Attachment& attachment, const std::map<std::string, net::HostLink>& links);
  Result<> drop(const Attachment& attachment);
  Result<bool> adopt(Attachment attachment, const std::map<std::string, net::HostLink>& links);
  Result<std::size_t> remove_unknown(const std::map<std::string, net::HostLink>& links);

  ManagerSettings settings_;
  net::Links& links_;
  datapath::Datapath& datapath_;
  Store& store_;
  Pools pools_;
  Slots slots_;
  Clock clock_;
  Observer observer_;
  std::map<AttachmentId, Attachment> attachments_;
  // How many detaches of an id are under way; none, if the last one failed and left the attachment
  // half detached. No attach of it meanwhile: its link would have the same name, and they would
  // delete it. No probes either.
  std::map<AttachmentId, int> detaching_;
};

// Refuses what could never work; the text names the field. Used for requests of any origin.
Result<> validate_probe(const agent_api::Probe& probe);
Result<> validate_mtu(std::uint32_t mtu);

// The link group that marks the host ends of this instance, so that it finds them after a crash.
std::uint32_t link_group(const std::string& instance);

}  // namespace podwire::endpoint
