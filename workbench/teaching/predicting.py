"""Predictions: a question that shows its answer only to those who have chosen one."""

from __future__ import annotations

import html
import os
from dataclasses import dataclass
from typing import Any

import ipywidgets as widgets

from workbench.plot.figure import VARIABLE
from workbench.teaching.explorer import CoursePage
from workbench.ui.cells import replace_former
from workbench.ui.widgets import close_tree


@dataclass(frozen=True)
class Question:
    """What students predict.

    Parameters
    ----------
    name : str
        Of session and question: "1.a".
    asks : str
    choices : tuple of str
    right : int
        Place of the right choice.
    because : str
        Why, told afterwards.
    """

    name: str
    asks: str
    choices: tuple[str, ...]
    right: int
    because: str


class Prediction(widgets.VBox):
    """A question with choices. Choose one; then the answer can be shown.

    Parameters
    ----------
    question : Question

    Attributes
    ----------
    chosen : str
        The choice that was made when the answer was shown; "" before.
    """

    def __init__(self, question: Question):
        replace_former(self)
        self._question = question
        self._open = True
        self.chosen = ""
        asks = widgets.HTML(f"<b>Predict.</b> {html.escape(question.asks)}")
        asks.add_class("swb-asked")
        self.choices = widgets.RadioButtons(options=question.choices, index=None)
        self.choices.add_class("swb-choices")
        self.button = widgets.Button(description="Show the answer", disabled=True)
        self.told = widgets.HTML()
        self.told.layout.display = "none"
        self.told.add_class("swb-told")
        self.choices.observe(self._on_choice, "index")
        self.button.on_click(lambda _button: self.show_answer())
        super().__init__([CoursePage(), asks, self.choices, self.button, self.told])
        self.add_class("swb-app")
        self.add_class("swb-lesson")

    def _on_choice(self, change: dict[str, Any]) -> None:
        self.button.disabled = change["new"] is None or bool(self.chosen)

    def show_answer(self) -> None:
        """Show the answer beside the choice; without a choice, nothing happens."""
        question, index = self._question, self.choices.index
        if index is None or self.chosen:
            return
        self.chosen = question.choices[index]
        first = (
            "<b>As you said.</b>"
            if index == question.right
            else (
                f"You said: {html.escape(self.chosen)} <br><b>It is: "
                f"{html.escape(question.choices[question.right])}</b>"
            )
        )
        self.told.value = f'<div role="status">{first} {html.escape(question.because)}</div>'
        self.told.layout.display = ""
        self.choices.disabled = self.button.disabled = True

    def close(self) -> None:
        """Remove the question from its page."""
        if getattr(self, "_open", False):
            self._open = False
            close_tree(*self.children, self.layout)
            self.set_trait("children", ())
        super().close()

    def __repr__(self) -> str:
        return (
            f"Prediction({self._question.name!r})" if hasattr(self, "_question") else "Prediction()"
        )

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        if os.environ.get(VARIABLE) != "png":
            return super()._repr_mimebundle_(**kwargs)
        question = self._question
        choices = "".join(f"<li>{html.escape(choice)}</li>" for choice in question.choices)
        told = f"{question.choices[question.right]} {question.because}"
        return {
            "text/html": (
                f"<p><b>Predict.</b> {html.escape(question.asks)}</p><ul>{choices}</ul>"
                f"<details><summary>Show the answer</summary><p>{html.escape(told)}</p></details>"
            ),
            "text/plain": repr(self),
        }
