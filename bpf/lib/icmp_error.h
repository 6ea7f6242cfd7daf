/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * ICMP errors to a pod, made here so that traceroute and path MTU discovery work with ip_forward
 * off. They come from the gateway address. Rules: RFC 1812 section 4.3.2 and RFC 4443 section 2.4
 * (when to stay silent, how much to quote).
 */
#ifndef PW_LIB_ICMP_ERROR_H
#define PW_LIB_ICMP_ERROR_H

#include "addresses.h"
#include "maps.h"

#define PW_QUOTE_IPV4 548  /* 576 bytes in all */
#define PW_QUOTE_IPV6 1232 /* 1280 bytes in all */
#define PW_QUOTE_CHUNK 512 /* bpf_csum_diff takes no more at once */

#define PW_ERRORS_PER_SECOND 100
#define PW_ERROR_BURST 50

/* Types and codes: RFC 792 and RFC 1191, RFC 4443. <linux/icmp.h> would bring in libc headers. */
#define PW_ICMP_ECHO_REPLY 0
#define PW_ICMP_UNREACHABLE 3
#define PW_ICMP_HOST_UNREACHABLE 1
#define PW_ICMP_FRAGMENTATION_NEEDED 4
#define PW_ICMP_ECHO 8
#define PW_ICMP_TIME_EXCEEDED 11
#define PW_ICMP_TIMESTAMP 13
#define PW_ICMPV6_UNREACHABLE 1
#define PW_ICMPV6_ADDRESS_UNREACHABLE 3
#define PW_ICMPV6_TOO_BIG 2
#define PW_ICMPV6_TIME_EXCEEDED 3
#define PW_ICMPV6_FIRST_INFORMATIONAL 128

/* Both families' header of eight bytes. */
struct pw_icmp_header {
  __u8 type;
  __u8 code;
  __u16 checksum;
  __be32 rest; /* the MTU, or zero; ICMPv4 keeps its MTU in the lower half (RFC 1191) */
};

struct pw_icmp_kind {
  __u8 type, code;
  __u32 mtu; /* 0 where the error carries none */
};

static __always_inline struct pw_icmp_kind pw_icmp_kind_of(int verdict, bool is_ipv6, __u32 mtu) {
  if (verdict == PW_DROP_TOO_BIG && is_ipv6)
    return (struct pw_icmp_kind){PW_ICMPV6_TOO_BIG, 0, mtu};
  if (verdict == PW_DROP_TOO_BIG)
    return (struct pw_icmp_kind){PW_ICMP_UNREACHABLE, PW_ICMP_FRAGMENTATION_NEEDED, mtu};
  if (verdict == PW_DROP_UNREACHABLE && is_ipv6)
    return (struct pw_icmp_kind){PW_ICMPV6_UNREACHABLE, PW_ICMPV6_ADDRESS_UNREACHABLE, 0};
  if (verdict == PW_DROP_UNREACHABLE)
    return (struct pw_icmp_kind){PW_ICMP_UNREACHABLE, PW_ICMP_HOST_UNREACHABLE, 0};
  return (struct pw_icmp_kind){is_ipv6 ? PW_ICMPV6_TIME_EXCEEDED : PW_ICMP_TIME_EXCEEDED, 0, 0};
}

/* Holds the quoted packet while it is summed; private to the running CPU. */
struct {
  __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
  __uint(max_entries, 1);
  __type(key, __u32);
  __type(value, __u8[PW_QUOTE_IPV6 + PW_QUOTE_CHUNK]);
} quote SEC(".maps");

/* Two CPUs may both take the last token: the limit is a bound on harm, not an exact count. Another
 * CPU may have refilled later than `now`: then nothing is earned. */
static __always_inline bool pw_take_token(__u32 slot) {
  struct pw_icmp_budget *budget = bpf_map_lookup_elem(&icmp_budgets, &slot);
  if (!budget) return false;
  const __u64 per_token_ns = 1000000000ull / PW_ERRORS_PER_SECOND;
  __u64 now = bpf_ktime_get_ns(), refilled = budget->refilled_ns;
  __u64 earned = now > refilled ? (now - refilled) / per_token_ns : 0;
  if (earned > 0) {
    __u64 tokens = budget->tokens + earned;
    budget->tokens = tokens > PW_ERROR_BURST ? PW_ERROR_BURST : tokens;
    budget->refilled_ns = now;
  }
  if (budget->tokens == 0) return false;
  budget->tokens--;
  return true;
}

static __always_inline bool pw_is_icmp_error(struct __sk_buff *skb,
                                             const struct pw_packet *packet) {
  __u8 type = 0;
  if (packet->protocol == (packet->is_ipv6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP)) {
    if (bpf_skb_load_bytes(skb, packet->l4_offset, &type, sizeof(type)) < 0) return true;
    if (packet->is_ipv6) return type < PW_ICMPV6_FIRST_INFORMATIONAL;
    return type != PW_ICMP_ECHO && type != PW_ICMP_ECHO_REPLY && type != PW_ICMP_TIMESTAMP;
  }
  return false;
}

/* The one's complement sum over `length` bytes at the IP header, continued from `seed`. */
static __always_inline __s64 pw_sum_quote(struct __sk_buff *skb, __u32 length, __u32 seed) {
  __u32 zero = 0;
  __u8 *copy = bpf_map_lookup_elem(&quote, &zero);
  if (!copy) return -1;
  /* The verifier must see both bounds as written. Without the barriers the compiler drops what it
   * can prove or merges the two; and Linux 6.1 learns nothing from a length that is merely not
   * zero. */
  barrier_var(length);
  if (length < sizeof(struct iphdr)) return -1;
  barrier_var(length);
  if (length > PW_QUOTE_IPV6) return -1;
  if (bpf_skb_load_bytes(skb, ETH_HLEN, copy, length) < 0) return -1;
  __builtin_memset(copy + length, 0, 4); /* the sum is over whole words */

  __s64 sum = seed;
  for (__u32 done = 0; done < PW_QUOTE_IPV6 && done < length; done += PW_QUOTE_CHUNK) {
    __u32 rest = (length - done + 3) & ~3u;
    if (rest > PW_QUOTE_CHUNK) rest = PW_QUOTE_CHUNK;
    sum = bpf_csum_diff(NULL, 0, (__be32 *)(copy + done), rest, sum);
    if (sum < 0) return -1;
  }
  return sum;
}

static __always_inline __u16 pw_fold_sum(__u64 sum) {
  sum = (sum & 0xffff) + (sum >> 16 & 0xffff) + (sum >> 32);
  sum = (sum & 0xffff) + (sum >> 16);
  sum = (sum & 0xffff) + (sum >> 16);
  return ~sum;
}

struct pw_error_ipv4 {
  struct iphdr ip;
  struct pw_icmp_header icmp;
};

struct pw_error_ipv6 {
  struct ipv6hdr ip;
  struct pw_icmp_header icmp;
};

/* Makes room behind the Ethernet header, puts the new headers there, and turns the MACs around. */
static __always_inline bool pw_prepend(struct __sk_buff *skb, const void *headers, __u32 length) {
  struct ethhdr eth;
  __u8 sender[ETH_ALEN];
  if (bpf_skb_load_bytes(skb, 0, &eth, sizeof(eth)) < 0) return false;
  if (bpf_skb_adjust_room(skb, length, BPF_ADJ_ROOM_MAC, 0) < 0) return false;
  if (bpf_skb_store_bytes(skb, ETH_HLEN, headers, length, BPF_F_INVALIDATE_HASH) < 0) return false;
  __builtin_memcpy(sender, eth.h_source, ETH_ALEN);
  __builtin_memcpy(eth.h_source, eth.h_dest, ETH_ALEN);
  __builtin_memcpy(eth.h_dest, sender, ETH_ALEN);
  return bpf_skb_store_bytes(skb, 0, &eth, sizeof(eth), 0) == 0;
}

static __always_inline bool pw_wrap_ipv4(struct __sk_buff *skb, const struct pw_packet *packet,
                                         const struct pw_icmp_kind *kind, __u32 quoted) {
  struct pw_error_ipv4 error = {};
  error.ip.version = 4;
  error.ip.ihl = 5;
  error.ip.tos = 0xc0; /* internetwork control, as routers mark their errors (RFC 1812, 4.3.2.5) */
  error.ip.tot_len = bpf_htons(sizeof(error.ip) + sizeof(error.icmp) + quoted);
  error.ip.ttl = 64;
  error.ip.protocol = IPPROTO_ICMP;
  error.ip.saddr = gateway_ipv4.words[3];
  error.ip.daddr = packet->source.words[3];
  __s64 header_sum = bpf_csum_diff(NULL, 0, (__be32 *)&error.ip, sizeof(error.ip), 0);
  error.ip.check = pw_fold_sum(header_sum);

  error.icmp.type = kind->type;
  error.icmp.code = kind->code;
  error.icmp.rest = bpf_htonl(kind->mtu & 0xffff);
  __s64 sum = bpf_csum_diff(NULL, 0, (__be32 *)&error.icmp, sizeof(error.icmp), 0);
  sum = pw_sum_quote(skb, quoted, sum);
  if (sum < 0) return false;
  error.icmp.checksum = pw_fold_sum(sum);
  return pw_prepend(skb, &error, sizeof(error));
}

static __always_inline bool pw_wrap_ipv6(struct __sk_buff *skb, const struct pw_packet *packet,
                                         const struct pw_icmp_kind *kind, __u32 quoted) {
  struct pw_error_ipv6 error = {};
  __u32 length = sizeof(error.icmp) + quoted;
  error.ip.version = 6;
  error.ip.payload_len = bpf_htons(length);
  error.ip.nexthdr = IPPROTO_ICMPV6;
  error.ip.hop_limit = 255;
  for (int i = 0; i < 4; i++) {
    error.ip.saddr.in6_u.u6_addr32[i] = gateway_ipv6.words[i];
    error.ip.daddr.in6_u.u6_addr32[i] = packet->source.words[i];
  }

  error.icmp.type = kind->type;
  error.icmp.code = kind->code;
  error.icmp.rest = bpf_htonl(kind->mtu);
  __be32 lengths[2] = {bpf_htonl(length), bpf_htonl(IPPROTO_ICMPV6)};
  __s64 sum = bpf_csum_diff(NULL, 0, (__be32 *)&error.ip.saddr, 32, 0);
  sum = bpf_csum_diff(NULL, 0, lengths, sizeof(lengths), sum);
  sum = bpf_csum_diff(NULL, 0, (__be32 *)&error.icmp, sizeof(error.icmp), sum);
  sum = pw_sum_quote(skb, quoted, sum);
  if (sum < 0) return false;
  error.icmp.checksum = pw_fold_sum(sum);
  return pw_prepend(skb, &error, sizeof(error));
}

/*
 * Turns the packet into the ICMP error for PW_DROP_TIME_EXCEEDED, PW_DROP_TOO_BIG or
 * PW_DROP_UNREACHABLE and sends that back into the pod it came from; the caller drops the packet
 * afterwards. Returns the verdict: `verdict` itself when the error went out or the rules forbid
 * one, PW_DROP_ERROR_LIMITED when the pod has used up its budget. Not inlined: the fast path stays
 * short.
 */
static __noinline int pw_icmp_error(struct __sk_buff *skb, const struct pw_packet *packet,
                                    __u32 slot, int verdict, __u32 mtu) {
  if (packet->later_fragment || pw_is_icmp_error(skb, packet)) return verdict;
  if (!pw_take_token(slot)) return PW_DROP_ERROR_LIMITED;

  struct pw_icmp_kind kind = pw_icmp_kind_of(verdict, packet->is_ipv6, mtu);
  __u32 quoted = packet->l3_length;
  __u32 limit = packet->is_ipv6 ? PW_QUOTE_IPV6 : PW_QUOTE_IPV4;
  if (quoted > limit) quoted = limit;
  /* Cuts off what is not quoted, padding too, and takes the marks off a GSO packet: the error is
   * none, and the kernel refuses to make room in front of UDP segments. */
  if ((ETH_HLEN + quoted < skb->len || skb->gso_size) &&
      bpf_skb_change_tail(skb, ETH_HLEN + quoted, 0) < 0)
    return PW_DROP_REDIRECT_FAILED;
  bool wrapped = packet->is_ipv6 ? pw_wrap_ipv6(skb, packet, &kind, quoted)
                                 : pw_wrap_ipv4(skb, packet, &kind, quoted);
  if (!wrapped || bpf_clone_redirect(skb, skb->ifindex, 0) != 0) return PW_DROP_REDIRECT_FAILED;
  return verdict;
}

#endif
