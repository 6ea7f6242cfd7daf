/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The contract between the eBPF programs and the agent: map keys and values, verdicts, limits.
 *
 * Plain C, included by every .bpf.c file and by the agent, and defined nowhere else. All integers
 * are in host byte order unless the type says __be16 or __be32. Padding is explicit, so the two
 * compilers agree; tests/bpf/abi_test.cpp compares each struct with the BTF of the built objects.
 *
 * Maps live pinned under a directory that carries PW_ABI_VERSION. The first change of a
 * layout after a release raises that number.
 */
#ifndef PODWIRE_ABI_H
#define PODWIRE_ABI_H

#include <linux/types.h>

#define PW_ABI_VERSION 1

#define PW_MAX_ENDPOINTS 4096             /* attachments of one node, and counter slots */
#define PW_MAX_ADDRESSES 8192             /* two families for each endpoint */
#define PW_MAX_PREFIXES 1024              /* of the trie `prefixes` */
#define PW_MAX_PROBE_TARGETS 16384        /* (endpoint address, TCP port) pairs */
#define PW_PROBE_BATCH 256                /* probes sent by one test run */
#define PW_MAX_TRANSLATED 32768           /* flows remembered; the least recently used goes first */
#define PW_LATENCY_BUCKETS 24             /* upper bounds 1 us * 2^k, the last one is open */
#define PW_LATENCY_SUM PW_LATENCY_BUCKETS /* one more element: the sum, in ns */

/*
 * Well-known addresses, the same on every node. The gateway is the host end of each veth; ICMP
 * errors come from it. Probes come from the probe address, which no interface has: its IPv6 form is
 * of global scope, so that answers take the pod's default route.
 */
#define PW_GATEWAY_IPV4 "169.254.1.1"
#define PW_GATEWAY_IPV6 "fe80::1"
#define PW_PROBE_IPV4 "169.254.1.2"
#define PW_PROBE_IPV6 "fd70:6f64:7769:7265::2"

#define PW_ASSERT_SIZE(type, bytes) _Static_assert(sizeof(type) == (bytes), #type " changed size")
#ifdef __cplusplus
#undef PW_ASSERT_SIZE
#define PW_ASSERT_SIZE(type, bytes) static_assert(sizeof(type) == (bytes), #type " changed size")
#endif

/*
 * What became of one packet. Every packet that reaches from_pod or to_pod ends in exactly one
 * verdict; the packet counter, the drop reason and the metric label are this enum. Numbers are
 * never reused.
 */
enum pw_verdict {
  PW_FORWARDED = 0,        /* pod to pod on this node, straight into the other namespace. Counted
                            * as the sum of `forwarded` over all slots: one cache line less on the
                            * way of most packets; its element of verdict_counters stays zero */
  PW_TO_HOST = 1,          /* from a pod to the host stack: the node itself, or beyond it */
  PW_TO_POD = 2,           /* from the host stack, or an ICMP error made here, into a pod */
  PW_NEIGHBOUR = 3,        /* ARP or neighbour discovery between a pod and its gateway */
  PW_PROBE_SENT = 4,       /* a probe of ours, or the reset that ends it, into a pod */
  PW_PROBE_ANSWERED = 5,   /* a pod's answer to an outstanding probe, consumed */
  PW_DROP_PROBE_STRAY = 6, /* addressed to the probe address but answers no outstanding probe */
  PW_DROP_MALFORMED = 7,   /* shorter than its headers claim, headers that contradict, or an IPv6
                            * destination in ::/64, which no packet on a link may have */
  PW_DROP_NOT_IP = 8,      /* neither IPv4, IPv6 nor ARP */
  PW_DROP_SPOOFED = 9,     /* the source address is not the pod's own */
  PW_DROP_UNKNOWN_SOURCE =
      10,                     /* from an interface without an endpoint: being attached or removed */
  PW_DROP_MULTICAST = 11,     /* IPv4 or IPv6 multicast: there is no group forwarding */
  PW_DROP_BROADCAST = 12,     /* IPv4 limited broadcast: there is no shared link */
  PW_DROP_TIME_EXCEEDED = 13, /* TTL or hop limit used up; the sender gets an ICMP error */
  PW_DROP_TOO_BIG = 14,       /* larger than the receiver's MTU; the sender gets an ICMP error */
  PW_DROP_ERROR_LIMITED = 15, /* as the two above, but the rate limit kept the ICMP error back */
  PW_DROP_REDIRECT_FAILED =
      16,                   /* the kernel refused an operation on the packet, for want of memory */
  PW_DROP_UNREACHABLE = 17, /* to an address of the pod ranges that nobody has; the sender gets an
                             * ICMP error */
  PW_DROP_RATE_EXCEEDED = 18, /* more than the egress rate of a pod that left its shaper aside */
  PW_VERDICTS = 19
};

/* One address of either family, network byte order; IPv4 is v4-mapped (::ffff:a.b.c.d). */
struct pw_addr {
  union {
    __u8 bytes[16];
    __be32 words[4];
    __u64 halves[2]; /* for comparison only: no byte order is implied */
  };
};
PW_ASSERT_SIZE(struct pw_addr, 16);

/*
 * `endpoints` and `interfaces` are hash maps. Before each stands an array of the same values, its
 * cache, at the place that a key has below: no hashing on the way of nearly every packet. An
 * element counts only if it has the key asked for; two keys may want one place, and the one that
 * comes later does without. Places are chosen so that neighbouring keys, the usual ones, never
 * meet.
 */

/* Value of `endpoints`, keyed by pw_addr: where a pod's address is delivered. */
struct pw_endpoint {
  struct pw_addr address; /* the key once more; all zero in the cache: the place is free */
  __u32 ifindex;          /* host end of the pod's veth pair, in the node's namespace */
  __u32 slot;             /* index into `endpoint_counters`, below PW_MAX_ENDPOINTS */
  __u16 mtu;              /* bytes of IP packet the pod's interface takes */
  __u16 queued;           /* not 0: the host end has a queue, and packets have to pass it */
  __u8 pod_mac[6];        /* the pod's end; the two MACs stand as in a frame for the pod */
  __u8 host_mac[6];       /* the host's end: the pod's gateway */
};
PW_ASSERT_SIZE(struct pw_endpoint, 40);

/* The low twelve bits of an address; the families, which often share them, in a half each. */
static inline __u32 pw_endpoint_place(const struct pw_addr* address) {
  __u32 low = (__u32)(address->bytes[14] << 8 | address->bytes[15]) % PW_MAX_ENDPOINTS;
  return address->halves[0] == 0 ? low : PW_MAX_ENDPOINTS + low;
}

/* Value of `interfaces`, keyed by the __u32 ifindex of a host veth: whose packets come from it. */
struct pw_interface {
  struct pw_addr ipv4; /* the only IPv4 source allowed; all zero: none */
  struct pw_addr ipv6; /* the only IPv6 source allowed; all zero: none */
  __u16 slot;
  __u16 limited; /* not 0: `rate_limits` holds the pod to a rate */
  __u32 ifindex; /* the key once more; 0 in the cache: the place is free */
};
PW_ASSERT_SIZE(struct pw_interface, 40);

static inline __u32 pw_interface_place(__u32 ifindex) {
  return ifindex % PW_MAX_ENDPOINTS;
}

/* Key of the LPM trie `prefixes`, which knows those destinations without an endpoint that the
 * node's routes are not asked about. The value is a __u32 of enum pw_holder. */
struct pw_prefix {
  __u32 length;     /* bits that count; for IPv4 96 more than people write */
  __u8 address[16]; /* as in pw_addr; the trie wants it right behind the length */
};
PW_ASSERT_SIZE(struct pw_prefix, 20);

enum pw_holder {
  PW_HOLDER_HOST = 0, /* the node's own address within a pod range */
  PW_HOLDER_PODS = 1, /* a range of this node's pods: without an endpoint nobody is there */
};

/* Value of the per-CPU array `endpoint_counters`, by slot: packets of a pod that were passed on, so
 * FORWARDED and TO_HOST move together with egress, FORWARDED and TO_POD with ingress. Bytes include
 * the Ethernet header, as the counters of network devices do; a GSO packet counts once, as it does
 * there. */
struct pw_endpoint_counters {
  __u64 egress_packets; /* leaving the pod */
  __u64 egress_bytes;
  __u64 ingress_packets; /* entering the pod */
  __u64 ingress_bytes;
  __u64 forwarded;     /* leaving under the verdict FORWARDED; outlives the pod, see PW_FORWARDED */
  __u64 rate_exceeded; /* dropped under that verdict */
};
PW_ASSERT_SIZE(struct pw_endpoint_counters, 48);

/* Value of the array `rate_limits`, by slot: see bpf/lib/rate.h. The agent writes the first two. */
struct pw_rate_limit {
  __u64 ns_per_mib; /* time that 2^20 bytes take at the rate */
  __u64 burst_ns;   /* time that the burst takes */
  __u64 full_at_ns; /* CLOCK_MONOTONIC */
};
PW_ASSERT_SIZE(struct pw_rate_limit, 24);

/* from_pod writes this into tc_index of a packet that it sends through a host end's queue, so that
 * to_pod, which sees it there, knows that it has been decided and counted. */
#define PW_DECIDED 0x7077

/* Key of the LRU hash `translated_flows`: what a pod sends back on a flow that the host stack
 * brought it from another pod of the node, translated. Protocol and ports are zero in the entry
 * that stands for the fragments and ICMP messages between the two. The value, a byte, has no
 * meaning. */
struct pw_flow {
  struct pw_addr source;
  struct pw_addr destination;
  __be16 source_port;
  __be16 destination_port;
  __u8 protocol;
  __u8 pad[3];
};
PW_ASSERT_SIZE(struct pw_flow, 40);

/* The array `translated_slots` has a __u32 for each slot, not zero if flows of that endpoint were
 * remembered, and at PW_SOME_SLOT one that is not zero if those of any were: nodes without
 * translation ask no more than this. */
#define PW_SOME_SLOT PW_MAX_ENDPOINTS

/* Value of the array `icmp_budgets`, by slot: the token bucket for ICMP errors made for one pod. */
struct pw_icmp_budget {
  __u64 refilled_ns; /* CLOCK_MONOTONIC */
  __u64 tokens;
};
PW_ASSERT_SIZE(struct pw_icmp_budget, 16);

/* Value of the memory-mapped array `probe_targets`, by target index. Written by the agent only. */
struct pw_probe_target {
  struct pw_addr address;
  __u32 ifindex; /* 0: this index is not in use */
  __be16 port;
  __u8 pod_mac[6];
  __u8 host_mac[6];
  __u8 pad[6];
  __u64 timeout_ns; /* a later answer is a stray */
};
PW_ASSERT_SIZE(struct pw_probe_target, 48);

/* Where one target's current attempt stands. PENDING moves to exactly one of the others, by compare
 * and exchange: CLOSED in from_pod (answered) or in the agent (timed out), IDLE in send_probes
 * after a send error and in an agent that finds it at its start. */
enum pw_probe_state {
  PW_PROBE_IDLE = 0,
  PW_PROBE_PENDING = 1,
  PW_PROBE_CLOSED = 2, /* answered or timed out: counted */
};

/* How the latest closed attempt ended; written by whoever closed it. */
enum pw_probe_outcome {
  PW_OUTCOME_UNKNOWN = 0, /* none yet, or it could not be sent */
  PW_OUTCOME_OPEN = 1,    /* SYN-ACK */
  PW_OUTCOME_REFUSED = 2, /* RST */
  PW_OUTCOME_TIMEOUT = 3, /* no answer within timeout_ns */
};

/* Value of the memory-mapped array `probe_results`, by target index. Each counter has one writer:
 * the kernel those above the line, the agent those below. attempts = successes + refused +
 * send_errors + timeouts + (1 while an attempt is pending). */
struct pw_probe_result {
  __u64 sent_ns;     /* CLOCK_MONOTONIC of the latest attempt */
  __u32 state;       /* enum pw_probe_state */
  __u16 source_port; /* of the latest attempt, host byte order */
  __u16 outcome;     /* enum pw_probe_outcome */
  __u64 attempts;
  __u64 successes;
  __u64 refused;
  __u64 send_errors;    /* also one that was pending when its agent ended */
  __u64 latency_sum_ns; /* over successes and refusals, kernel to kernel */
  /* ---- the agent */
  __u64 timeouts;
  __u64 late; /* rounds not sent because the agent was late; they count as unknown */
};
PW_ASSERT_SIZE(struct pw_probe_result, 72);

/* Value of the single-entry memory-mapped array `probe_batch`: what one test run of send_probes
 * sends. Written by the agent before the run; the kernel moves only the cursor. */
struct pw_probe_batch {
  __u32 count;
  __u32 cursor;
  __u32 targets[PW_PROBE_BATCH];
};
PW_ASSERT_SIZE(struct pw_probe_batch, 8 + 4 * PW_PROBE_BATCH);

#endif /* PODWIRE_ABI_H */
