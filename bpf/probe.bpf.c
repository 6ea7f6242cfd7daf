// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Sends probes without sockets. The agent runs send_probes by BPF_PROG_TEST_RUN with `repeat`: one
 * target for each repetition, because a loop inside one run would hold back the softirq that brings
 * the answers and measure its own length. The test frame has the length of one SYN of the batch's
 * family; it is written anew for each target, and a clone of it goes into the pod.
 */
#include <linux/pkt_cls.h>

#include "lib/addresses.h"
#include "lib/isn.h"
#include "lib/maps.h"
#include "lib/segment.h"

static __always_inline void pw_fill_syn(struct pw_segment *syn,
                                        const struct pw_probe_target *target, bool is_ipv6,
                                        __u16 source_port, __u32 index) {
  const volatile struct pw_addr *source = is_ipv6 ? &probe_ipv6 : &probe_ipv4;
  for (int i = 0; i < 4; i++) syn->source.words[i] = source->words[i];
  syn->destination = target->address;
  __builtin_memcpy(syn->source_mac, target->host_mac, ETH_ALEN);
  __builtin_memcpy(syn->destination_mac, target->pod_mac, ETH_ALEN);
  syn->source_port = bpf_htons(source_port);
  syn->destination_port = target->port;
  syn->sequence =
      index ^ pw_isn_mask(&target->address, pw_ports_word(target->port, syn->source_port));
  syn->flags = PW_TCP_SYN;
}

static __always_inline void pw_send_probe(struct __sk_buff *skb, __u32 index) {
  struct pw_probe_target *target = bpf_map_lookup_elem(&probe_targets, &index);
  struct pw_probe_result *result = bpf_map_lookup_elem(&probe_results, &index);
  if (!target || !result || !target->ifindex) return;
  bool is_ipv6 = skb->protocol == bpf_htons(ETH_P_IPV6);

  struct pw_segment syn = {};
  __u16 source_port = 0x8000 | (bpf_get_prandom_u32() & 0x7fff);
  pw_fill_syn(&syn, target, is_ipv6, source_port, index);
  if (!pw_write_segment(skb, &syn, is_ipv6)) return;

  /* All that an answer is checked against stands before the state says so. */
  __sync_fetch_and_add(&result->attempts, 1);
  result->source_port = source_port;
  result->sent_ns = bpf_ktime_get_ns();
  __sync_lock_test_and_set(&result->state, PW_PROBE_PENDING);
  if (bpf_clone_redirect(skb, target->ifindex, 0) != 0 &&
      __sync_val_compare_and_swap(&result->state, PW_PROBE_PENDING, PW_PROBE_IDLE) ==
          PW_PROBE_PENDING) {
    result->outcome = PW_OUTCOME_UNKNOWN;
    __sync_fetch_and_add(&result->send_errors, 1);
  }
}

SEC("tc")
int send_probes(struct __sk_buff *skb) {
  __u32 zero = 0;
  struct pw_probe_batch *batch = bpf_map_lookup_elem(&probe_batch, &zero);
  if (!batch) return TC_ACT_SHOT;
  __u32 cursor = batch->cursor;
  if (cursor >= batch->count || cursor >= PW_PROBE_BATCH) return TC_ACT_SHOT;
  batch->cursor = cursor + 1;
  pw_send_probe(skb, batch->targets[cursor]);
  return TC_ACT_SHOT;
}

char _license[] SEC("license") = "Dual BSD/GPL";
