"""Where the layers of a network stand when it is drawn from left to right."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Edge:
    """A connection between two layers.

    Parameters
    ----------
    source, target : str
    lane : int
        0 for a direct line to the next column; others run above the layers between, in lanes
        counted from 1, the lowest.
    """

    source: str
    target: str
    lane: int = 0


@dataclass(frozen=True)
class GraphLayout:
    """Places of layers.

    Parameters
    ----------
    places : dict of str to (column, row)
        Both counted from 0.
    edges : tuple of Edge
    """

    places: dict[str, tuple[int, int]]
    edges: tuple[Edge, ...]

    @property
    def lanes(self) -> int:
        """Lanes above the layers."""
        return max((edge.lane for edge in self.edges), default=0)


def graph_layout(names: Sequence[str], connections: Iterable[tuple[str, str]]) -> GraphLayout:
    """Place layers in columns: each one right of all that it reads.

    Parameters
    ----------
    names : sequence of str
        In topological order.
    connections : iterable of (source, target)
    """
    edges = sorted(set(connections), key=lambda edge: tuple(map(names.index, edge)))
    columns = dict.fromkeys(names, 0)
    for name in names:
        reads = [columns[source] + 1 for source, target in edges if target == name]
        columns[name] = max(reads, default=0)
    places, filled = {}, dict.fromkeys(columns.values(), 0)
    for name in names:
        column = columns[name]
        places[name] = (column, filled[column])
        filled[column] += 1
    return GraphLayout(places, tuple(_in_lanes(edges, columns)))


def _in_lanes(edges: Iterable[tuple[str, str]], columns: dict[str, int]) -> list[Edge]:
    """Give edges that pass layers a lane, the shortest the lowest; none in a lane overlap."""
    taken: list[list[tuple[int, int]]] = []
    lanes = {}
    spans = {edge: (columns[edge[0]], columns[edge[1]]) for edge in edges}
    for edge, (left, right) in sorted(spans.items(), key=lambda item: item[1][1] - item[1][0]):
        if right - left < 2:
            continue
        lane = 0
        while lane < len(taken) and any(left < end and start < right for start, end in taken[lane]):
            lane += 1
        taken[lane:] = taken[lane:] or [[]]
        taken[lane].append((left, right))
        lanes[edge] = lane + 1
    return [Edge(*edge, lanes.get(edge, 0)) for edge in spans]
