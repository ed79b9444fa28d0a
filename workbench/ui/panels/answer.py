"""What the network says of the sample, to be read from the last row of a class."""

from __future__ import annotations

import ipywidgets as widgets
import numpy as np

from workbench.ui.binding import Context
from workbench.ui.panels.layout import escape
from workbench.ui.session.results import SampleRun

SHOWN_VALUES = 3
"""Largest number of outputs of a regression that are shown as numbers."""

LONG = 7
"""Letters of an answer beyond which it has a line of its own."""


def answer_panel(context: Context) -> widgets.HTML:
    """The big answer, with those of the analog network and of the label below it."""
    box = widgets.HTML()
    box.add_class("swb-answer-box")

    def show() -> None:
        state = context.state
        words = answer_html(state.sample_run, busy=state.status.kind == "busy")
        if box.value != words:
            box.value = words

    context.watch(["sample_run", "status"], show)
    show()
    return box


def answer_html(run: SampleRun | None, *, busy: bool = False) -> str:
    """Return the answer of a run, or what to do where there is none."""
    if run is None:
        do = "The first run goes on." if busy else "The answer comes with the first run: press Run."
        return (
            '<div class="swb-verdict swb-none"><div class="swb-says">…</div>'
            f'<div class="swb-others">{do}</div></div>'
        )
    if run.targets is not None:
        others = [("ANN", value_words(run.analog_outputs)), ("true", value_words(run.targets))]
        return _verdict("SNN says", value_words(run.outputs), "", others)

    def named(choice: int, otherwise: str) -> str:
        return run.classes[choice] if choice >= 0 else otherwise

    others = [("ANN", named(run.analog_choice, "–"))]
    if run.true_class >= 0:  # nobody knows it of a drawing
        others.append(("true", named(run.true_class, "")))
    mark = ""
    if run.true_class >= 0 and run.choice >= 0:
        right = run.choice == run.true_class
        mark = (
            f'<span class="swb-mark swb-{"right" if right else "wrong"}" role="img" '
            f'aria-label="{"right" if right else "wrong"}">{"✓" if right else "✗"}</span>'
        )
    if run.choice < 0:
        return _verdict("SNN is", "undecided", mark, others)
    return _verdict("SNN says", named(run.choice, ""), mark, others)


def value_words(outputs: np.ndarray | None) -> str:
    """Return the values of a few outputs, as text."""
    if outputs is None or np.isnan(outputs).all():
        return "unknown"
    more = " …" if len(outputs) > SHOWN_VALUES else ""
    return ", ".join(f"{value:.3g}" for value in outputs[:SHOWN_VALUES]) + more


def _verdict(says: str, answer: str, mark: str, others: list[tuple[str, str]]) -> str:
    size = " swb-long" if len(answer) > LONG else ""
    beside = "".join(
        f'<span class="swb-said"><span>{name}</span> <b>{escape(value)}</b></span>'
        for name, value in others
    )
    return (
        f'<div class="swb-verdict"><div class="swb-says{size}" role="status">'
        f"<span>{says}</span> <b>{escape(answer)}</b>{mark}</div>"
        f'<div class="swb-others">{beside}</div></div>'
    )
