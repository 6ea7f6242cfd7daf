# SPDX-License-Identifier: Apache-2.0
"""Runs in a pod: sends UDP packets to argv[2] that claim to come from argv[1]."""

import socket
import struct
import sys

PACKETS = 5

source, destination = (socket.inet_aton(text) for text in sys.argv[1:3])
payload = struct.pack("!HHHH", 4000, 4000, 8, 0)
header = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(payload), 0, 0, 64, socket.IPPROTO_UDP, 0, source, destination)
with socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW) as raw:
    for _ in range(PACKETS):
        raw.sendto(header + payload, (sys.argv[2], 0))
