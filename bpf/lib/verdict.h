/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The end of every packet: count its verdict and turn it into a tc action. */
#ifndef PW_LIB_VERDICT_H
#define PW_LIB_VERDICT_H

#include <linux/pkt_cls.h>

#include "maps.h"

static __always_inline void pw_count_egress(struct __sk_buff *skb, __u32 slot, int verdict) {
  struct pw_endpoint_counters *counters = bpf_map_lookup_elem(&endpoint_counters, &slot);
  if (!counters) return;
  counters->egress_packets++;
  counters->egress_bytes += skb->len;
  if (verdict == PW_FORWARDED) counters->forwarded++;
}

static __always_inline int pw_count_rate_exceeded(__u32 slot) {
  struct pw_endpoint_counters *counters = bpf_map_lookup_elem(&endpoint_counters, &slot);
  if (counters) counters->rate_exceeded++;
  return PW_DROP_RATE_EXCEEDED;
}

static __always_inline void pw_count_ingress(struct __sk_buff *skb, __u32 slot) {
  struct pw_endpoint_counters *counters = bpf_map_lookup_elem(&endpoint_counters, &slot);
  if (!counters) return;
  counters->ingress_packets++;
  counters->ingress_bytes += skb->len;
}

/*
 * Passing is TC_ACT_UNSPEC, not TC_ACT_OK: filters of other owners behind ours still see the
 * packet. FORWARDED ends in the redirect that pw_forward has prepared; PROBE_ANSWERED is consumed.
 */
static __always_inline int pw_action(int verdict) {
  switch (verdict) {
    case PW_TO_HOST:
    case PW_TO_POD:
    case PW_NEIGHBOUR:
    case PW_PROBE_SENT:
      return TC_ACT_UNSPEC;
    default:
      return TC_ACT_SHOT;
  }
}

static __always_inline int pw_finish(int verdict) {
  if (verdict == PW_FORWARDED) return TC_ACT_REDIRECT; /* counted by pw_count_egress */
  __u32 key = verdict;
  __u64 *count = bpf_map_lookup_elem(&verdict_counters, &key);
  if (count) (*count)++;
  return pw_action(verdict);
}

#endif
