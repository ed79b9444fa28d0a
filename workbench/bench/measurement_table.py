"""The measurements as text."""

from __future__ import annotations

import textwrap
from typing import Any

from workbench.bench.measure import ALIKE

NOTE = (
    "Milliseconds per image: median of the repeats (lowest to highest). 'of T forwards': divided "
    "by T times the time that Keras takes for an image in its best batch, in this run. All ran "
    "the same network: the same weights, IF neurons that reset by subtraction, constant input, T "
    "steps. Peers compute in float32. 'spikes': of all layers, relative to ours; where that is "
    "about 1 the comparison is fair, a ! marks where it is not. Brian2 runs once, image by image, "
    "without the time that building its network takes."
)


def table(result: dict[str, Any]) -> str:
    """Return the measurements of all networks as text."""
    where = result["machine"]
    head = (
        f"{where['processor']} ({where['architecture']}), {where['cores']} cores, "
        f"Python {where['python']}\nVector extensions that numba uses: {where['vectors']}"
    )
    parts = [head, *(_network(one) for one in result["networks"])]
    parts.append(textwrap.fill(NOTE, 98))
    return "\n\n".join(parts)


def _network(result: dict[str, Any]) -> str:
    head = (
        f"{result['network']} ({result['remark']}): T = {result['steps']}, "
        f"{result['neurons']:,} neurons, mean activity {100 * result['mean_activity']:.1f} %"
    )
    titles = (
        "",
        "one image",
        "of T",
        "best batch",
        "size",
        "of T forwards",
        "first call",
        "spikes",
    )
    rows = [titles, *map(_cells, result["rows"])]
    widths = [max(len(row[i]) for row in rows) for i in range(len(titles))]
    lines = [_line(row, widths) for row in rows]
    lines += [f"{peer}: not measured, {reason}" for peer, reason in result["absent"].items()]
    return "\n".join([head, "", *lines])


def _line(cells: tuple[str, ...], widths: list[int]) -> str:
    first, *rest = (
        cell.ljust(width) if i == 0 else cell.rjust(width)
        for i, (cell, width) in enumerate(zip(cells, widths, strict=True))
    )
    return "  ".join([first, *rest]).rstrip()


def _cells(row: dict[str, Any]) -> tuple[str, ...]:
    one, best = row["one_image"], row["best_batch"]
    name = f"{row['simulator']} {row['version']}".strip()
    share = row["spikes_of_ours"]
    spikes = "" if share is None else f"{share:.3f}{'' if abs(share - 1) <= ALIKE else ' !'}"
    return (
        name,
        _spread(one),
        f"{one['of_forwards']:.2f}",
        _spread(best),
        str(best["batch"]),
        f"{best['of_forwards']:.2f}",
        f"{row['first_call_s']:.1f} s",
        spikes,
    )


def _spread(timing: dict[str, Any]) -> str:
    low, middle, high = (timing[key] for key in ("lowest_ms", "median_ms", "highest_ms"))
    return f"{_short(middle)} ({_short(low)} to {_short(high)})"


def _short(milliseconds: float) -> str:
    return f"{milliseconds:.2f}" if milliseconds < 10 else f"{milliseconds:,.1f}"
