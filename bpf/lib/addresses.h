/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Questions about addresses, and the node's well-known ones in the form programs compare. */
#ifndef PW_LIB_ADDRESSES_H
#define PW_LIB_ADDRESSES_H

#include "parse.h"

/* Parsed from the PW_*_IPV4 and PW_*_IPV6 strings of abi.h by the loader. */
const volatile struct pw_addr gateway_ipv4;
const volatile struct pw_addr gateway_ipv6;
const volatile struct pw_addr probe_ipv4;
const volatile struct pw_addr probe_ipv6;

static __always_inline bool pw_is(const struct pw_addr *address,
                                  const volatile struct pw_addr *other) {
  return address->halves[0] == other->halves[0] && address->halves[1] == other->halves[1];
}

static __always_inline bool pw_is_probe_address(const struct pw_packet *packet,
                                                const struct pw_addr *address) {
  return packet->is_ipv6 ? pw_is(address, &probe_ipv6) : pw_is(address, &probe_ipv4);
}

static __always_inline bool pw_is_multicast(const struct pw_packet *packet) {
  if (packet->is_ipv6) return packet->destination.bytes[0] == 0xff;
  return (packet->destination.bytes[12] & 0xf0) == 0xe0;
}

static __always_inline bool pw_is_broadcast(const struct pw_packet *packet) {
  return !packet->is_ipv6 && packet->destination.words[3] == 0xffffffff;
}

#endif
