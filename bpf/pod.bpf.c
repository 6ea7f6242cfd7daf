// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The data plane of one pod, on the host end of its veth pair.
 *
 * from_pod (tc ingress) sees all that the pod sends and decides everything about a packet, also for
 * the receiving pod: bpf_redirect_peer skips the programs of the destination.
 * to_pod (tc egress) sees what the host stack sends into the pod, probes, and the ICMP errors that
 * from_pod makes.
 */
#include "lib/addresses.h"
#include "lib/forward.h"
#include "lib/probe_answer.h"
#include "lib/rate.h"
#include "lib/translated.h"
#include "lib/verdict.h"

/* A family without an address is all zero in the map, and so is the unspecified IPv6 source: it is
 * nobody's own. An IPv4 source is v4-mapped and never all zero. */
static __always_inline bool pw_own_source(const struct pw_packet *packet,
                                          const struct pw_interface *interface) {
  if (!packet->is_ipv6) return pw_same_addr(&packet->source, &interface->ipv4);
  return pw_same_addr(&packet->source, &interface->ipv6) &&
         (packet->source.halves[0] | packet->source.halves[1]) != 0;
}

/* A pod may ask for its gateway, in its own name only: what it claims for others would fill the
 * node's neighbour table. Offset 14 of an ARP packet is the sender's protocol address (RFC 826). */
static __noinline int pw_from_pod_arp(struct __sk_buff *skb, const struct pw_interface *interface) {
  __u8 arp[28];
  __be32 sender;
  if (bpf_skb_load_bytes(skb, ETH_HLEN, arp, sizeof(arp)) < 0) return PW_DROP_MALFORMED;
  __builtin_memcpy(&sender, arp + 14, sizeof(sender));
  return sender && sender == interface->ipv4.words[3] ? PW_NEIGHBOUR : PW_DROP_SPOOFED;
}

/* Neighbour solicitation or advertisement, valid only with the hop limit no router leaves at 255
 * (RFC 4861, section 7.1), so it can only concern this link. */
static __always_inline bool pw_is_neighbour_discovery(struct __sk_buff *skb,
                                                      const struct pw_packet *packet) {
  __u8 type = 0;
  if (!packet->is_ipv6 || packet->protocol != IPPROTO_ICMPV6 || packet->ttl != 255) return false;
  if (bpf_skb_load_bytes(skb, packet->l4_offset, &type, sizeof(type)) < 0) return false;
  return type == 135 || type == 136;
}

/* Destinations that are no pod of this node, or one that the stack has to translate for. Not
 * inlined: the path between pods stays short. */
static __noinline int pw_leave_pod(struct __sk_buff *skb, const struct pw_packet *packet) {
  bool to_link = pw_is_multicast(packet) || pw_is(&packet->destination, &gateway_ipv6);
  if (to_link && pw_is_neighbour_discovery(skb, packet)) return PW_NEIGHBOUR;
  if (pw_is_multicast(packet)) return PW_DROP_MULTICAST;
  if (pw_is_broadcast(packet)) return PW_DROP_BROADCAST;
  if (pw_is_probe_address(packet, &packet->destination)) return pw_probe_answer(skb, packet);
  return PW_TO_HOST;
}

/* An address of the pod ranges without an endpoint. The node's `unreachable` route would say so
 * too, but only where the host forwards. */
static __always_inline bool pw_is_vacant(const struct pw_packet *packet) {
  struct pw_prefix key = {.length = 128};
  __builtin_memcpy(key.address, packet->destination.bytes, sizeof(key.address));
  __u32 *holder = bpf_map_lookup_elem(&prefixes, &key);
  return holder && *holder == PW_HOLDER_PODS;
}

static __always_inline struct pw_interface *pw_interface_of(struct __sk_buff *skb) {
  __u32 ifindex = skb->ifindex;
  __u32 place = pw_interface_place(ifindex);
  struct pw_interface *cached = bpf_map_lookup_elem(&interface_cache, &place);
  if (pw_likely(cached && cached->ifindex == ifindex)) return cached;
  return bpf_map_lookup_elem(&interfaces, &ifindex);
}

static __always_inline struct pw_endpoint *pw_endpoint_of(const struct pw_addr *address) {
  __u32 place = pw_endpoint_place(address);
  struct pw_endpoint *cached = bpf_map_lookup_elem(&endpoint_cache, &place);
  if (pw_likely(cached && pw_same_addr(&cached->address, address))) return cached;
  return bpf_map_lookup_elem(&endpoints, address);
}

static __always_inline int pw_from_pod(struct __sk_buff *skb) {
  struct pw_interface *interface = pw_interface_of(skb);
  if (!interface) return PW_DROP_UNKNOWN_SOURCE;

  struct pw_packet packet;
  int verdict = pw_parse(skb, &packet);
  if (verdict == PW_NEIGHBOUR) return pw_from_pod_arp(skb, interface);
  if (verdict != PW_UNDECIDED) return verdict;
  if (pw_unlikely(!pw_own_source(&packet, interface)))
    return pw_is_multicast(&packet) ? PW_DROP_MULTICAST : PW_DROP_SPOOFED;

  if (pw_unlikely(interface->limited) && pw_exceeds_rate(skb, interface->slot))
    return pw_count_rate_exceeded(interface->slot);

  struct pw_endpoint *endpoint = pw_endpoint_of(&packet.destination);
  if (pw_likely(endpoint) && !pw_is_translated(skb, &packet, interface->slot, endpoint->slot))
    return pw_forward(skb, &packet, endpoint, interface->slot);
  verdict = pw_leave_pod(skb, &packet);
  if (verdict != PW_TO_HOST) return verdict;
  if (!endpoint && pw_is_vacant(&packet))
    return pw_icmp_error(skb, &packet, interface->slot, PW_DROP_UNREACHABLE, 0);
  skb->tc_index = 0; /* not of the pod's choosing: see PW_DECIDED */
  pw_count_egress(skb, interface->slot, verdict);
  return verdict;
}

SEC("tc")
int from_pod(struct __sk_buff *skb) {
  return pw_finish(pw_from_pod(skb));
}

static __always_inline int pw_to_pod(struct __sk_buff *skb) {
  struct pw_packet packet;
  int verdict = pw_parse(skb, &packet);
  if (verdict != PW_UNDECIDED) return verdict;
  if (pw_is_neighbour_discovery(skb, &packet)) return PW_NEIGHBOUR;
  if (pw_is_probe_address(&packet, &packet.source)) return PW_PROBE_SENT;

  struct pw_interface *interface = pw_interface_of(skb);
  if (!interface) return PW_TO_POD;
  pw_count_ingress(skb, interface->slot);
  if (pw_endpoint_of(&packet.source)) pw_remember_translated(skb, &packet, interface->slot);
  return PW_TO_POD;
}

SEC("tc")
int to_pod(struct __sk_buff *skb) {
  if (skb->tc_index == PW_DECIDED) { /* from another pod of the node */
    skb->tc_index = 0;
    return TC_ACT_UNSPEC;
  }
  return pw_finish(pw_to_pod(skb));
}

char _license[] SEC("license") = "Dual BSD/GPL";
