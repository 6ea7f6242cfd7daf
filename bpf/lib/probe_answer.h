/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What a pod sends to the probe address: believed only if it answers an outstanding probe of a
 * target on that very interface, in time, with the right sequence number. A SYN-ACK is sent back as
 * a RST, so that the application never sees a connection.
 */
#ifndef PW_LIB_PROBE_ANSWER_H
#define PW_LIB_PROBE_ANSWER_H

#include "addresses.h"
#include "isn.h"
#include "maps.h"
#include "segment.h"

struct pw_answer {
  __be16 pod_port;
  __be16 our_port;
  __u32 acknowledged; /* host byte order */
  bool syn, ack, rst;
};

static __always_inline bool pw_read_answer(struct __sk_buff *skb, const struct pw_packet *packet,
                                           struct pw_answer *answer) {
  struct tcphdr tcp;
  if (packet->protocol != IPPROTO_TCP || packet->later_fragment) return false;
  if (bpf_skb_load_bytes(skb, packet->l4_offset, &tcp, sizeof(tcp)) < 0) return false;
  answer->pod_port = tcp.source;
  answer->our_port = tcp.dest;
  answer->acknowledged = bpf_ntohl(tcp.ack_seq);
  answer->syn = tcp.syn;
  answer->ack = tcp.ack;
  answer->rst = tcp.rst;
  return tcp.ack && (tcp.syn || tcp.rst);
}

/* Bucket k takes latencies of at most 1 us * 2^k. */
static __always_inline __u32 pw_latency_bucket(__u64 ns) {
  __u64 bound = 1000;
  __u32 bucket = 0;
#pragma unroll
  for (int i = 0; i < PW_LATENCY_BUCKETS - 1; i++) {
    if (ns > bound) bucket++;
    bound <<= 1;
  }
  return bucket;
}

static __always_inline void pw_record(struct pw_probe_result *result, __u64 latency_ns, bool open) {
  __sync_fetch_and_add(&result->latency_sum_ns, latency_ns);
  result->outcome = open ? PW_OUTCOME_OPEN : PW_OUTCOME_REFUSED;
  if (open)
    __sync_fetch_and_add(&result->successes, 1);
  else
    __sync_fetch_and_add(&result->refused, 1);
  __u32 bucket = pw_latency_bucket(latency_ns), sum = PW_LATENCY_SUM;
  __u64 *count = bpf_map_lookup_elem(&probe_latency, &bucket);
  if (count) (*count)++;
  __u64 *total = bpf_map_lookup_elem(&probe_latency, &sum);
  if (total) *total += latency_ns;
}

static __always_inline bool pw_reset(struct __sk_buff *skb, const struct pw_packet *packet,
                                     const struct pw_probe_target *target,
                                     const struct pw_answer *answer) {
  struct pw_segment reset = {
      .source = packet->destination,
      .destination = packet->source,
      .source_port = answer->our_port,
      .destination_port = answer->pod_port,
      .sequence = answer->acknowledged,
      .flags = PW_TCP_RST,
  };
  __builtin_memcpy(reset.source_mac, target->host_mac, ETH_ALEN);
  __builtin_memcpy(reset.destination_mac, target->pod_mac, ETH_ALEN);
  __u32 length = packet->is_ipv6 ? PW_FRAME_IPV6 : PW_FRAME_IPV4;
  if (bpf_skb_change_tail(skb, length, 0) < 0 || !pw_linear(skb, length)) return false;
  if (!pw_write_segment(skb, &reset, packet->is_ipv6)) return false;
  return bpf_clone_redirect(skb, skb->ifindex, 0) == 0;
}

/* Consumes the packet; the caller has checked its source address. Not inlined: see pw_icmp_error.
 */
static __noinline int pw_probe_answer(struct __sk_buff *skb, const struct pw_packet *packet) {
  __u64 now = bpf_ktime_get_ns();
  struct pw_answer answer;
  if (!pw_read_answer(skb, packet, &answer)) return PW_DROP_PROBE_STRAY;

  __u32 index = (answer.acknowledged - 1) ^
                pw_isn_mask(&packet->source, pw_ports_word(answer.pod_port, answer.our_port));
  struct pw_probe_target *target = bpf_map_lookup_elem(&probe_targets, &index);
  struct pw_probe_result *result = bpf_map_lookup_elem(&probe_results, &index);
  if (!target || !result) return PW_DROP_PROBE_STRAY;
  if (target->ifindex != skb->ifindex || target->port != answer.pod_port ||
      !pw_same_addr(&target->address, &packet->source))
    return PW_DROP_PROBE_STRAY;
  __u64 latency_ns = now - result->sent_ns;
  if (result->source_port != bpf_ntohs(answer.our_port) || latency_ns > target->timeout_ns)
    return PW_DROP_PROBE_STRAY;
  if (__sync_val_compare_and_swap(&result->state, PW_PROBE_PENDING, PW_PROBE_CLOSED) !=
      PW_PROBE_PENDING)
    return PW_DROP_PROBE_STRAY;

  pw_record(result, latency_ns, !answer.rst);
  if (!answer.rst && !pw_reset(skb, packet, target, &answer)) return PW_DROP_REDIRECT_FAILED;
  return PW_PROBE_ANSWERED;
}

#endif
