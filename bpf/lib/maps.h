/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Every map of the data plane and the health plane. Objects share them by pin name. */
#ifndef PW_LIB_MAPS_H
#define PW_LIB_MAPS_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <podwire/abi.h>

/* Where each pod address of this node is delivered. */
struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, PW_MAX_ADDRESSES);
  __type(key, struct pw_addr);
  __type(value, struct pw_endpoint);
  __uint(pinning, LIBBPF_PIN_BY_NAME);
} endpoints SEC(".maps");

/* The cache before `endpoints`: see abi.h. Each of the two look-ups without hashing saves some 20
 * ns of a packet's 100. */
struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, PW_MAX_ADDRESSES);
  __type(key, __u32);
  __type(value, struct pw_endpoint);
  __uint(pinning, LIBBPF_PIN_BY_NAME);
} endpoint_cache SEC(".maps");

/* Which addresses may come out of each host veth. */
struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, PW_MAX_ENDPOINTS);
  __type(key, __u32);
  __type(value, struct pw_interface);
  __uint(pinning, LIBBPF_PIN_BY_NAME);
} interfaces SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, PW_MAX_ENDPOINTS);
  __type(key, __u32);
  __type(value, struct pw_interface);
  __uint(pinning, LIBBPF_PIN_BY_NAME);
} interface_cache SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_LPM_TRIE);
  __uint(max_entries, PW_MAX_PREFIXES);
  __uint(map_flags, BPF_F_NO_PREALLOC);
  __type(key, struct pw_prefix);
  __type(value, __u32);
  __uint(pinning, LIBBPF_PIN_BY_NAME);
} prefixes SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
  __uint(max_entries, PW_MAX_ENDPOINTS);
  __type(key, __u32);
  __type(value, struct pw_endpoint_counters);
  __uint(pinning, LIBBPF_PIN_BY_NAME);
} endpoint_counters SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
  __uint(max_entries, PW_VERDICTS);
  __type(key, __u32);
  __type(value, __u64);
  __uint(pinning, LIBBPF_PIN_BY_NAME);
} verdict_counters SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_LRU_HASH);
  __uint(max_entries, PW_MAX_TRANSLATED);
  __type(key, struct pw_flow);
  __type(value, __u8);
  __uint(pinning, LIBBPF_PIN_BY_NAME);
} translated_flows SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, PW_MAX_ENDPOINTS + 1);
  __type(key, __u32);
  __type(value, __u32);
  __uint(pinning, LIBBPF_PIN_BY_NAME);
} translated_slots SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, PW_MAX_ENDPOINTS);
  __type(key, __u32);
  __type(value, struct pw_rate_limit);
  __uint(pinning, LIBBPF_PIN_BY_NAME);
} rate_limits SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, PW_MAX_ENDPOINTS);
  __type(key, __u32);
  __type(value, struct pw_icmp_budget);
  __uint(pinning, LIBBPF_PIN_BY_NAME);
} icmp_budgets SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, PW_MAX_PROBE_TARGETS);
  __uint(map_flags, BPF_F_MMAPABLE);
  __type(key, __u32);
  __type(value, struct pw_probe_target);
  __uint(pinning, LIBBPF_PIN_BY_NAME);
} probe_targets SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, PW_MAX_PROBE_TARGETS);
  __uint(map_flags, BPF_F_MMAPABLE);
  __type(key, __u32);
  __type(value, struct pw_probe_result);
  __uint(pinning, LIBBPF_PIN_BY_NAME);
} probe_results SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, 1);
  __uint(map_flags, BPF_F_MMAPABLE);
  __type(key, __u32);
  __type(value, struct pw_probe_batch);
  __uint(pinning, LIBBPF_PIN_BY_NAME);
} probe_batch SEC(".maps");

/* Latency of all probes of the node; bucket k counts answers within 1 us * 2^k; the sum comes last.
 */
struct {
  __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
  __uint(max_entries, PW_LATENCY_BUCKETS + 1);
  __type(key, __u32);
  __type(value, __u64);
  __uint(pinning, LIBBPF_PIN_BY_NAME);
} probe_latency SEC(".maps");

#endif
