/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Headers of one frame, read once into struct pw_packet.
 *
 * Contract: pw_parse leaves packet pointers invalid for the caller (it may pull data), returns
 * PW_UNDECIDED when the packet is well-formed IP, PW_NEIGHBOUR for ARP, or the verdict of a packet
 * that cannot go on. Fields named __be16 or __be32 are in network byte order.
 */
#ifndef PW_LIB_PARSE_H
#define PW_LIB_PARSE_H

#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include <podwire/abi.h>
#include <stdbool.h>

#define PW_UNDECIDED PW_VERDICTS /* no verdict yet: go on */

#define PW_IPV4_DF 0x4000
#define PW_IPV4_MORE 0x2000
#define PW_IPV4_OFFSET 0x1fff

/* For the way of most packets, which costs least where the code runs straight on. */
#define pw_likely(condition) __builtin_expect(!!(condition), 1)
#define pw_unlikely(condition) __builtin_expect(!!(condition), 0)

struct pw_packet {
  struct pw_addr source;
  struct pw_addr destination;
  __u32 l3_length; /* bytes of the IP packet, of the whole GSO packet if it is one */
  __u16 l4_offset; /* from the start of the frame */
  __u8 is_ipv6;
  __u8 protocol; /* IPv4 protocol or IPv6 next header */
  __u8 ttl;
  __u8 dont_fragment;  /* always set for IPv6 */
  __u8 later_fragment; /* there is no transport header in this one (IPv4) */
  __u8 fragment;       /* the first one or a later one (IPv4; of IPv6 `protocol` says it) */
};

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "halves and words below are put so");

/* In halves, as it is read: a processor does not forward two narrow stores to one wide load, and
 * each of the waits that costs is 5 ns. */
static __always_inline void pw_map_ipv4(struct pw_addr *address, __be32 ipv4) {
  address->halves[0] = 0;
  address->halves[1] = (__u64)ipv4 << 32 | bpf_htonl(0xffff);
}

/* ::/64 has the unspecified address, the loopback one and the form that IPv4 addresses have in the
 * maps: no packet on a link may go to one of them (RFC 4291, 2.5.2, 2.5.3 and 2.5.5.2). Here the
 * last would find the endpoint of an IPv4 address, and the first a free place of endpoint_cache. */
static __always_inline bool pw_is_no_destination(const struct pw_addr *ipv6) {
  return ipv6->halves[0] == 0;
}

static __always_inline bool pw_same_addr(const struct pw_addr *a, const struct pw_addr *b) {
  return a->halves[0] == b->halves[0] && a->halves[1] == b->halves[1];
}

/* Makes the first `bytes` of the frame readable through data pointers. */
static __always_inline bool pw_linear(struct __sk_buff *skb, __u32 bytes) {
  if (pw_likely((__u64)skb->data + bytes <= (__u64)skb->data_end)) return true;
  return bpf_skb_pull_data(skb, bytes) == 0;
}

static __always_inline int pw_parse_ipv4(struct __sk_buff *skb, struct pw_packet *packet) {
  if (!pw_linear(skb, ETH_HLEN + sizeof(struct iphdr))) return PW_DROP_MALFORMED;
  void *data = (void *)(long)skb->data;
  struct iphdr *ip = data + ETH_HLEN;
  if ((void *)(ip + 1) > (void *)(long)skb->data_end) return PW_DROP_MALFORMED;

  __u32 total = bpf_ntohs(ip->tot_len);
  packet->l3_length = skb->len - ETH_HLEN;
  if (ip->version != 4 || ip->ihl < 5) return PW_DROP_MALFORMED;
  /* A GSO packet may be longer than the field can say (BIG TCP); any other may be padded. */
  if (pw_likely(!skb->gso_size)) {
    if (total > packet->l3_length || total < ip->ihl * 4u) return PW_DROP_MALFORMED;
    packet->l3_length = total;
  }

  pw_map_ipv4(&packet->source, ip->saddr);
  pw_map_ipv4(&packet->destination, ip->daddr);
  packet->l4_offset = ETH_HLEN + ip->ihl * 4;
  packet->is_ipv6 = 0;
  packet->protocol = ip->protocol;
  packet->ttl = ip->ttl;
  packet->dont_fragment = (ip->frag_off & bpf_htons(PW_IPV4_DF)) != 0;
  packet->later_fragment = (ip->frag_off & bpf_htons(PW_IPV4_OFFSET)) != 0;
  packet->fragment = (ip->frag_off & bpf_htons(PW_IPV4_OFFSET | PW_IPV4_MORE)) != 0;
  return PW_UNDECIDED;
}

static __always_inline int pw_parse_ipv6(struct __sk_buff *skb, struct pw_packet *packet) {
  if (!pw_linear(skb, ETH_HLEN + sizeof(struct ipv6hdr))) return PW_DROP_MALFORMED;
  void *data = (void *)(long)skb->data;
  struct ipv6hdr *ip = data + ETH_HLEN;
  if ((void *)(ip + 1) > (void *)(long)skb->data_end) return PW_DROP_MALFORMED;

  packet->l3_length = skb->len - ETH_HLEN;
  if (ip->version != 6) return PW_DROP_MALFORMED;
  if (!skb->gso_size) {
    __u32 total = sizeof(*ip) + bpf_ntohs(ip->payload_len);
    if (total > packet->l3_length) return PW_DROP_MALFORMED;
    packet->l3_length = total;
  }

  __builtin_memcpy(&packet->source, &ip->saddr, sizeof(packet->source));
  __builtin_memcpy(&packet->destination, &ip->daddr, sizeof(packet->destination));
  if (pw_is_no_destination(&packet->destination)) return PW_DROP_MALFORMED;
  packet->l4_offset = ETH_HLEN + sizeof(*ip);
  packet->is_ipv6 = 1;
  packet->protocol = ip->nexthdr;
  packet->ttl = ip->hop_limit;
  packet->dont_fragment = 1;
  packet->later_fragment = 0;
  packet->fragment = 0;
  return PW_UNDECIDED;
}

static __always_inline int pw_parse(struct __sk_buff *skb, struct pw_packet *packet) {
  /* The kernel has taken the tag off the frame; the receiver, who has no VLAN, would drop it
   * unseen. */
  if (skb->vlan_present) return PW_DROP_NOT_IP;
  switch (skb->protocol) {
    case bpf_htons(ETH_P_IP):
      return pw_parse_ipv4(skb, packet);
    case bpf_htons(ETH_P_IPV6):
      return pw_parse_ipv6(skb, packet);
    case bpf_htons(ETH_P_ARP):
      return PW_NEIGHBOUR;
    default:
      return PW_DROP_NOT_IP;
  }
}

#endif
