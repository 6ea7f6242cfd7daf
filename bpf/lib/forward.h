/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The way of a packet to another pod of this node: judge TTL and size, rewrite, hand over. */
#ifndef PW_LIB_FORWARD_H
#define PW_LIB_FORWARD_H

#include "icmp_error.h"
#include "verdict.h"

/* What the kernel puts in place of a size where the fragments are the segments (SCTP). */
#define PW_GSO_BY_FRAGS 0xffff

/* The IP packets that a GSO packet becomes: headers plus gso_size. */
static __always_inline __u32 pw_largest_segment(struct __sk_buff *skb,
                                                const struct pw_packet *packet) {
  if (!skb->gso_size) return packet->l3_length;
  __u32 transport = 8; /* UDP */
  if (packet->protocol == IPPROTO_TCP) {
    __u8 offset_and_flags = 0;
    if (bpf_skb_load_bytes(skb, packet->l4_offset + 12, &offset_and_flags, 1) < 0)
      return packet->l3_length;
    transport = (offset_and_flags >> 4) * 4u;
  }
  return packet->l4_offset - ETH_HLEN + transport + skb->gso_size;
}

/* IPv4 without DF is handed over even if it is larger: a veth pair has no wire that could refuse
 * it, and the receiving stack takes any size. */
static __always_inline bool pw_too_big(struct __sk_buff *skb, const struct pw_packet *packet,
                                       const struct pw_endpoint *endpoint) {
  if (pw_likely(packet->l3_length <= endpoint->mtu) || !packet->dont_fragment) return false;
  if (skb->gso_size == PW_GSO_BY_FRAGS) return false; /* cut to the sender's own MTU */
  return pw_largest_segment(skb, packet) > endpoint->mtu;
}

/* TTL, protocol and checksum are one word of the header. TTL is the high byte of what is summed, so
 * a decrement adds 0x0100 to the checksum with end-around carry (RFC 1624). Read and written at
 * once: the receiving stack sums whole words, and would wait for narrower stores. */
static __always_inline void pw_hop_ipv4(struct iphdr *ip) {
  __u32 *word = (__u32 *)&ip->ttl;
  __u32 check = (*word >> 16) + bpf_htons(0x0100);
  check += check >= 0xffff;
  *word = check << 16 | ((*word - 1) & 0xffff); /* TTL is not 0: nothing is borrowed */
}

/* The endpoint's MACs stand as in a frame: twelve bytes in two stores, which the receiving stack
 * can read as whole words. Through struct ethhdr, which is packed, they would become twelve. */
static __always_inline void pw_set_macs(void *frame, const struct pw_endpoint *endpoint) {
  const void *macs = endpoint->pod_mac;
  *(__u64 *)frame = *(const __u64 *)macs;
  *(__u32 *)(frame + 8) = *(const __u32 *)(macs + 8);
}

/* MACs as a router would set them, one hop less. */
static __always_inline bool pw_rewrite(struct __sk_buff *skb, const struct pw_packet *packet,
                                       const struct pw_endpoint *endpoint) {
  void *data = (void *)(long)skb->data;
  void *end = (void *)(long)skb->data_end;
  if (packet->is_ipv6) {
    struct ipv6hdr *ip = data + ETH_HLEN;
    if ((void *)(ip + 1) > end) return false;
    ip->hop_limit--;
  } else {
    struct iphdr *ip = data + ETH_HLEN;
    if ((void *)(ip + 1) > end) return false;
    pw_hop_ipv4(ip);
  }
  pw_set_macs(data, endpoint);
  return true;
}

static __always_inline int pw_obstacle(struct __sk_buff *skb, const struct pw_packet *packet,
                                       const struct pw_endpoint *endpoint) {
  if (pw_unlikely(packet->ttl <= 1)) return PW_DROP_TIME_EXCEEDED;
  if (pw_too_big(skb, packet, endpoint)) return PW_DROP_TOO_BIG;
  return PW_UNDECIDED;
}

/* Returns PW_FORWARDED with the redirect prepared, or the verdict of a packet that ends here. */
static __always_inline int pw_forward(struct __sk_buff *skb, const struct pw_packet *packet,
                                      const struct pw_endpoint *endpoint, __u32 source_slot) {
  int obstacle = pw_obstacle(skb, packet, endpoint);
  if (pw_unlikely(obstacle != PW_UNDECIDED))
    return pw_icmp_error(skb, packet, source_slot, obstacle, endpoint->mtu);
  if (!pw_rewrite(skb, packet, endpoint)) return PW_DROP_MALFORMED;
  pw_count_egress(skb, source_slot, PW_FORWARDED);
  pw_count_ingress(skb, endpoint->slot); /* redirect_peer skips the programs of the destination */
  if (pw_unlikely(endpoint->queued)) {
    skb->tc_index = PW_DECIDED;
    bpf_redirect(endpoint->ifindex, 0);
  } else {
    bpf_redirect_peer(endpoint->ifindex, 0);
  }
  return PW_FORWARDED;
}

#endif
