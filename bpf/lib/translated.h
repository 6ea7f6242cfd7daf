/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Flows between pods of this node that the host stack translated: to a Service or a hostPort.
 *
 * Their packets come to the receiving pod through to_pod, from a pod's address; nothing else does.
 * to_pod remembers the way back, and from_pod sends that way what would otherwise go straight to
 * the other pod and arrive from an address it never spoke to.
 */
#ifndef PW_LIB_TRANSLATED_H
#define PW_LIB_TRANSLATED_H

#include "maps.h"
#include "segment.h"

static __always_inline void pw_mark_translated(__u32 index) {
  __u32 *mark = bpf_map_lookup_elem(&translated_slots, &index);
  if (mark && !*mark) *mark = 1;
}

static __always_inline bool pw_is_marked_translated(__u32 index) {
  __u32 *mark = bpf_map_lookup_elem(&translated_slots, &index);
  return mark && *mark;
}

static __always_inline bool pw_has_ports(const struct pw_packet *packet) {
  return !packet->fragment && (packet->protocol == IPPROTO_TCP || packet->protocol == IPPROTO_UDP ||
                               packet->protocol == IPPROTO_SCTP);
}

/* The packet's flow: with ports where it shows them. Otherwise the pair of addresses, which stands
 * for the fragments and the ICMP messages of every translated flow between the two. */
static __always_inline void pw_flow_of(struct __sk_buff *skb, const struct pw_packet *packet,
                                       struct pw_flow *flow) {
  __builtin_memset(flow, 0, sizeof(*flow));
  flow->source = packet->source;
  flow->destination = packet->destination;
  if (!pw_has_ports(packet)) return;
  if (bpf_skb_load_bytes(skb, packet->l4_offset, &flow->source_port, 4) < 0) return;
  flow->protocol = packet->protocol;
}

static __always_inline void pw_turn(struct pw_flow *flow) {
  struct pw_addr address = flow->source;
  __be16 port = flow->source_port;
  flow->source = flow->destination;
  flow->source_port = flow->destination_port;
  flow->destination = address;
  flow->destination_port = port;
}

static __always_inline void pw_remember_flow(const struct pw_flow *flow) {
  __u8 yes = 1;
  if (!bpf_map_lookup_elem(&translated_flows, flow))
    bpf_map_update_elem(&translated_flows, flow, &yes, BPF_ANY);
}

/* For to_pod: a packet from a pod of this node has come through the stack. `slot`: the receiver's.
 */
static __noinline int pw_remember_translated(struct __sk_buff *skb, const struct pw_packet *packet,
                                             __u32 slot) {
  struct pw_flow flow;
  pw_flow_of(skb, packet, &flow);
  pw_turn(&flow);
  pw_remember_flow(&flow);
  flow.source_port = flow.destination_port = 0;
  flow.protocol = 0;
  pw_remember_flow(&flow);
  pw_mark_translated(slot);
  pw_mark_translated(PW_SOME_SLOT);
  return 0;
}

/* A connection that begins without translation ends what was remembered of another with the same
 * ports. TCP only: there the first packet can be told. */
static __always_inline void pw_forget_translated(struct __sk_buff *skb,
                                                 const struct pw_packet *packet) {
  __u8 flags = 0;
  if (packet->protocol != IPPROTO_TCP || packet->fragment) return;
  if (bpf_skb_load_bytes(skb, packet->l4_offset + 13, &flags, 1) < 0) return;
  if ((flags & (PW_TCP_SYN | PW_TCP_ACK)) != PW_TCP_SYN) return;
  struct pw_flow flow;
  pw_flow_of(skb, packet, &flow);
  pw_turn(&flow);
  bpf_map_delete_elem(&translated_flows, &flow);
}

static __noinline int pw_returns_through_stack(struct __sk_buff *skb,
                                               const struct pw_packet *packet, __u32 source_slot,
                                               __u32 destination_slot) {
  if (pw_is_marked_translated(source_slot)) {
    struct pw_flow flow;
    pw_flow_of(skb, packet, &flow);
    if (bpf_map_lookup_elem(&translated_flows, &flow)) return 1;
  }
  if (pw_is_marked_translated(destination_slot)) pw_forget_translated(skb, packet);
  return 0;
}

/* For from_pod: does this packet between two pods go back through the stack? */
static __always_inline bool pw_is_translated(struct __sk_buff *skb, const struct pw_packet *packet,
                                             __u32 source_slot, __u32 destination_slot) {
  return pw_unlikely(pw_is_marked_translated(PW_SOME_SLOT)) &&
         pw_returns_through_stack(skb, packet, source_slot, destination_slot);
}

#endif
