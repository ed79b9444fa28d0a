from __future__ import annotations

from example_counts import examples
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.ui.network_strip.graph_layout import graph_layout


def test_a_shortcut_runs_above_the_layer_that_it_passes() -> None:
    names = ["input", "conv", "add", "output"]
    layout = graph_layout(
        names, [("input", "conv"), ("conv", "add"), ("input", "add"), ("add", "output")]
    )
    assert layout.places == {name: (column, 0) for column, name in enumerate(names)}
    assert {(e.source, e.target) for e in layout.edges if e.lane} == {("input", "add")}
    assert layout.lanes == 1


def test_branches_stand_below_each_other() -> None:
    layout = graph_layout(
        ["input", "left", "right", "sum"],
        [("input", "left"), ("input", "right"), ("left", "sum"), ("right", "sum")],
    )
    assert layout.places == {"input": (0, 0), "left": (1, 0), "right": (1, 1), "sum": (2, 0)}
    assert layout.lanes == 0


@settings(max_examples=examples(60))
@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=30))
def test_layers_stand_right_of_what_they_read_and_no_lines_overlap(
    pairs: list[tuple[int, int]],
) -> None:
    names = [str(number) for number in range(10)]
    layout = graph_layout(names, [(str(a), str(b)) for a, b in pairs if a < b])
    assert len(set(layout.places.values())) == len(names)
    spans: dict[int, list[tuple[int, int]]] = {}
    for edge in layout.edges:
        left, right = layout.places[edge.source][0], layout.places[edge.target][0]
        assert left < right and (edge.lane > 0) == (right - left > 1)
        for start, end in spans.get(edge.lane, ()) if edge.lane else ():
            assert end <= left or right <= start
        spans.setdefault(edge.lane, []).append((left, right))
