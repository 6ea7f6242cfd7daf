/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Writes a whole frame with a bare TCP segment (no options, no payload), checksums included. */
#ifndef PW_LIB_SEGMENT_H
#define PW_LIB_SEGMENT_H

#include <linux/tcp.h>

#include "parse.h"

#define PW_FRAME_IPV4 (ETH_HLEN + sizeof(struct iphdr) + sizeof(struct tcphdr))
#define PW_FRAME_IPV6 (ETH_HLEN + sizeof(struct ipv6hdr) + sizeof(struct tcphdr))

#define PW_TCP_SYN 0x02
#define PW_TCP_RST 0x04
#define PW_TCP_ACK 0x10

struct pw_segment {
  struct pw_addr source;
  struct pw_addr destination;
  __u8 source_mac[ETH_ALEN];
  __u8 destination_mac[ETH_ALEN];
  __be16 source_port;
  __be16 destination_port;
  __u32 sequence; /* host byte order */
  __u8 flags;     /* PW_TCP_* */
};

static __always_inline __u16 pw_fold(__u64 sum) {
  sum = (sum & 0xffffffff) + (sum >> 32);
  sum = (sum & 0xffff) + (sum >> 16);
  sum = (sum & 0xffff) + (sum >> 16);
  sum = (sum & 0xffff) + (sum >> 16);
  return ~sum;
}

static __always_inline __u64 pw_sum_words(const __be32 *words, int count) {
  __u64 sum = 0;
#pragma unroll
  for (int i = 0; i < count; i++) sum += words[i];
  return sum;
}

/* The pseudo header of both families sums to this: for v4-mapped addresses only the last word
 * counts. */
static __always_inline __u64 pw_pseudo_header(const struct pw_segment *segment, bool is_ipv6) {
  __u64 sum = bpf_htonl(sizeof(struct tcphdr)) + (__u64)bpf_htonl(IPPROTO_TCP);
  if (is_ipv6)
    return sum + pw_sum_words(segment->source.words, 4) +
           pw_sum_words(segment->destination.words, 4);
  return sum + segment->source.words[3] + segment->destination.words[3];
}

static __always_inline void pw_write_tcp(struct tcphdr *tcp, const struct pw_segment *segment,
                                         bool is_ipv6) {
  __be32 *words = (__be32 *)tcp;
  tcp->source = segment->source_port;
  tcp->dest = segment->destination_port;
  tcp->seq = bpf_htonl(segment->sequence);
  tcp->ack_seq = 0;
  words[3] = bpf_htonl(0x50000000 | (__u32)segment->flags << 16 | 0xffff); /* doff 5, full window */
  words[4] = 0;
  tcp->check = pw_fold(pw_pseudo_header(segment, is_ipv6) + pw_sum_words(words, 5));
}

static __always_inline void pw_write_ipv4(struct iphdr *ip, const struct pw_segment *segment) {
  __be32 *words = (__be32 *)ip;
  words[0] = bpf_htonl(0x45000000 | (sizeof(*ip) + sizeof(struct tcphdr)));
  words[1] = bpf_htonl(PW_IPV4_DF);
  words[2] = bpf_htonl(64 << 24 | IPPROTO_TCP << 16);
  ip->saddr = segment->source.words[3];
  ip->daddr = segment->destination.words[3];
  ip->check = pw_fold(pw_sum_words(words, 5));
}

static __always_inline void pw_write_ipv6(struct ipv6hdr *ip, const struct pw_segment *segment) {
  __be32 *words = (__be32 *)ip;
  words[0] = bpf_htonl(0x60000000);
  words[1] = bpf_htonl(sizeof(struct tcphdr) << 16 | IPPROTO_TCP << 8 | 64);
  __builtin_memcpy(&ip->saddr, &segment->source, sizeof(ip->saddr));
  __builtin_memcpy(&ip->daddr, &segment->destination, sizeof(ip->daddr));
}

static __always_inline void pw_write_ethernet(struct ethhdr *eth, const struct pw_segment *segment,
                                              __be16 protocol) {
  __builtin_memcpy(eth->h_dest, segment->destination_mac, ETH_ALEN);
  __builtin_memcpy(eth->h_source, segment->source_mac, ETH_ALEN);
  eth->h_proto = protocol;
}

/* The frame must already have PW_FRAME_IPV4 or PW_FRAME_IPV6 bytes; false if it is shorter. The
 * check stands in each branch because the verifier tracks one constant length at a time. */
static __always_inline bool pw_write_segment(struct __sk_buff *skb,
                                             const struct pw_segment *segment, bool is_ipv6) {
  void *data = (void *)(long)skb->data;
  void *end = (void *)(long)skb->data_end;
  if (is_ipv6) {
    if (data + PW_FRAME_IPV6 > end) return false;
    pw_write_ethernet(data, segment, bpf_htons(ETH_P_IPV6));
    pw_write_ipv6(data + ETH_HLEN, segment);
    pw_write_tcp(data + ETH_HLEN + sizeof(struct ipv6hdr), segment, true);
  } else {
    if (data + PW_FRAME_IPV4 > end) return false;
    pw_write_ethernet(data, segment, bpf_htons(ETH_P_IP));
    pw_write_ipv4(data + ETH_HLEN, segment);
    pw_write_tcp(data + ETH_HLEN + sizeof(struct iphdr), segment, false);
  }
  return true;
}

#endif
