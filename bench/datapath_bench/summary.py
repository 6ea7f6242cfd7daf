# SPDX-License-Identifier: Apache-2.0
"""From the values of each round to medians, ratios and their spread. Pure functions."""

import dataclasses
import statistics


@dataclasses.dataclass(frozen=True)
class Ratio:
    """podwire's value over that of another topology, paired within each round."""

    name: str
    metric: str
    other: str
    goal: str = ""  # "<= x" for times, ">= x" for rates; empty: reported only

    def is_met(self, value):
        sign, _, limit = self.goal.partition(" ")
        return value <= float(limit) if sign == "<=" else value >= float(limit)


RATIOS = (
    Ratio("rr_vs_direct", "rr_us_p50", "direct", "<= 1.10"),
    Ratio("rr_vs_ptp", "rr_us_p50", "ptp", "<= 0.96"),
    Ratio("rr_vs_bridge", "rr_us_p50", "bridge"),
    Ratio("rr6_vs_direct", "rr6_us_p50", "direct", "<= 1.12"),
    Ratio("stream_vs_direct", "stream_gbps", "direct", ">= 0.93"),
    Ratio("stream_vs_ptp", "stream_gbps", "ptp"),
    Ratio("crr_vs_ptp", "crr_per_s", "ptp", ">= 1.02"),
    Ratio("udp_vs_ptp", "udp_pps", "ptp", ">= 1.05"),
)

JUDGED = "podwire"


def of_topology(samples):
    """One figure for each metric: the median of the rounds, for streams the best round."""
    return {metric: max(values) if metric == "stream_gbps" else statistics.median(values)
            for metric, values in samples.items()}


def paired(samples, ratio):
    """The ratio in each round; empty if one of the two topologies was left out."""
    ours = samples.get(JUDGED, {}).get(ratio.metric, [])
    theirs = samples.get(ratio.other, {}).get(ratio.metric, [])
    return [our / their for our, their in zip(ours, theirs)]


def summarize(samples, rounds):
    """`samples` is {topology: {metric: [value of each round]}}; returns the JSON document."""
    pairs = {ratio.name: paired(samples, ratio) for ratio in RATIOS}
    pairs = {name: values for name, values in pairs.items() if values}
    return {
        "rounds": rounds,
        "topologies": {name: _rounded(of_topology(metrics)) for name, metrics in samples.items()},
        "ratios": _rounded({name: statistics.median(values) for name, values in pairs.items()}),
        "spread": _rounded({name: max(values) - min(values) for name, values in pairs.items()}),
        "round_ratios": {name: [round(value, 4) for value in values]
                         for name, values in pairs.items()},
        "samples": samples,
    }


def _rounded(figures):
    return {name: round(value, 4) for name, value in figures.items()}
