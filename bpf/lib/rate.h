/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Holds a pod to its egress rate. The pod's own end shapes; this drops what a pod sends that has
 * left its shaper aside.
 *
 * A token bucket by one time stamp (the virtual scheduling of ITU-T I.371): `full_at` is when the
 * bucket will be full again; a packet moves it by the time the packet takes at the rate, and may
 * not move it further ahead than a burst takes.
 */
#ifndef PW_LIB_RATE_H
#define PW_LIB_RATE_H

#include "maps.h"

#define PW_RATE_TRIES 4 /* against other CPUs; then the packet passes, for it is one */

static __noinline int pw_exceeds_rate(struct __sk_buff *skb, __u32 slot) {
  struct pw_rate_limit *limit = bpf_map_lookup_elem(&rate_limits, &slot);
  if (!limit) return 0;
  __u64 now = bpf_ktime_get_ns(), takes = skb->len * limit->ns_per_mib >> 20;
  for (int i = 0; i < PW_RATE_TRIES; i++) {
    __u64 full_at = limit->full_at_ns;
    __u64 next = (full_at > now ? full_at : now) + takes;
    if (next > now + limit->burst_ns) return 1;
    if (__sync_val_compare_and_swap(&limit->full_at_ns, full_at, next) == full_at) return 0;
  }
  return 0;
}

#endif
