# SPDX-License-Identifier: Apache-2.0
"""What people read: one line for each measurement of a round, tables at the end."""

from .summary import RATIOS

COLUMNS = (
    ("rr_us_p50", "rr p50 us", "{:.2f}"),
    ("rr_us_p99", "rr p99 us", "{:.2f}"),
    ("rr6_us_p50", "rr6 p50 us", "{:.2f}"),
    ("rr_cross_us_p50", "2 CPUs p50 us", "{:.2f}"),
    ("stream_gbps", "Gbit/s", "{:.1f}"),
    ("crr_per_s", "conn/s", "{:.0f}"),
    ("udp_pps", "UDP pkt/s", "{:.0f}"),
)
FORMATS = {metric: form for metric, _, form in COLUMNS}


def progress(number, rounds, title, values):
    """`values` is [(topology, {metric: value})]; only the first metric of each is shown."""
    shown = "  ".join(f"{name} {FORMATS[metric].format(value)}"
                      for name, metrics in values
                      for metric, value in list(metrics.items())[:1])
    return f"round {number}/{rounds}  {title + ':':<22} {shown}"


def _table(rows):
    """Columns as wide as they need; the first to the left, the others to the right."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join(
        "  ".join(cell.ljust(width) if column == 0 else cell.rjust(width)
                  for column, (cell, width) in enumerate(zip(row, widths))).rstrip()
        for row in rows)


def tables(document):
    """Everything at the end of a run; a part about topologies that were left out is left out."""
    parts = [_figures(document), _ratios(document), _program_cost(document)]
    return "\n\n".join(part for part in parts if part)


def _figures(document):
    rows = [["topology", *[title for _, title, _ in COLUMNS]]]
    for name, metrics in document["topologies"].items():
        rows.append([name, *[form.format(metrics[metric]) if metric in metrics else "-"
                             for metric, _, form in COLUMNS]])
    return _table(rows)


def _ratios(document):
    rows = [["podwire over", "median", "lowest", "highest", "goal", ""]]
    for ratio in RATIOS:
        if ratio.name not in document["ratios"]:
            continue
        median, rounds = document["ratios"][ratio.name], document["round_ratios"][ratio.name]
        verdict = "" if not ratio.goal else "met" if ratio.is_met(median) else "missed"
        rows.append([ratio.name, f"{median:.3f}", f"{min(rounds):.3f}", f"{max(rounds):.3f}",
                     ratio.goal, verdict])
    return _table(rows) if len(rows) > 1 else ""


def _program_cost(document):
    rows = [["traffic", "program", "ns/packet", "packets"]]
    for title, programs in document.get("program_cost", {}).items():
        for name, cost in programs.items():
            rows.append([title, name, f"{cost['ns_per_packet']:.1f}", str(cost["packets"])])
    return _table(rows) if len(rows) > 1 else ""
