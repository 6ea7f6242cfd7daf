# SPDX-License-Identifier: Apache-2.0
"""Modules of the demo: host (namespaces and commands), agent, steps (what is proven), main."""
