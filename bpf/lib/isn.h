/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The initial sequence number of a probe carries its target's index, hidden by a keyed hash of the
 * addresses and ports, so that an answer leads back to its target without any lookup by tuple and a
 * number cannot be guessed. HalfSipHash-1-3 (Aumasson, Bernstein: the 32-bit SipHash) with a 64-bit
 * key.
 */
#ifndef PW_LIB_ISN_H
#define PW_LIB_ISN_H

#include "parse.h"

/* Random, chosen by the agent at each start; an answer to the agent before it is a stray. */
const volatile __u32 probe_key[2];

struct pw_sip {
  __u32 v0, v1, v2, v3;
};

static __always_inline __u32 pw_rotate(__u32 value, int bits) {
  return value << bits | value >> (32 - bits);
}

static __always_inline void pw_sip_round(struct pw_sip *s) {
  s->v0 += s->v1;
  s->v1 = pw_rotate(s->v1, 5) ^ s->v0;
  s->v0 = pw_rotate(s->v0, 16);
  s->v2 += s->v3;
  s->v3 = pw_rotate(s->v3, 8) ^ s->v2;
  s->v0 += s->v3;
  s->v3 = pw_rotate(s->v3, 7) ^ s->v0;
  s->v2 += s->v1;
  s->v1 = pw_rotate(s->v1, 13) ^ s->v2;
  s->v2 = pw_rotate(s->v2, 16);
}

static __always_inline void pw_sip_word(struct pw_sip *s, __u32 word) {
  s->v3 ^= word;
  pw_sip_round(s);
  s->v0 ^= word;
}

/* `ports`: the pod's port and ours, both in network byte order, in one word. */
static __always_inline __u32 pw_isn_mask(const struct pw_addr *pod, __u32 ports) {
  struct pw_sip s = {probe_key[0], probe_key[1], 0x6c796765 ^ probe_key[0],
                     0x74656462 ^ probe_key[1]};
  pw_sip_word(&s, pod->words[0]);
  pw_sip_word(&s, pod->words[1]);
  pw_sip_word(&s, pod->words[2]);
  pw_sip_word(&s, pod->words[3]);
  pw_sip_word(&s, ports);
  pw_sip_word(&s, 20u << 24); /* the length of the message ends it */
  s.v2 ^= 0xff;
  pw_sip_round(&s);
  pw_sip_round(&s);
  pw_sip_round(&s);
  return s.v1 ^ s.v3;
}

static __always_inline __u32 pw_ports_word(__be16 pod_port, __be16 our_port) {
  return (__u32)pod_port << 16 | our_port;
}

#endif
