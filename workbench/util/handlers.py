"""How parts find what they must not import: tables of handlers, and functions of later stages."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any, Generic, TypeVar

Handler = TypeVar("Handler", bound=Callable[..., object])


class Provided:
    """A function that a later stage provides to an earlier one, imported when first called.

    For the rare question whose answer is a later stage's own rule: how many neurons a network
    becomes is asked of the network, and decided by conversion. A second rule would drift away.

    Parameters
    ----------
    home : str
        Module and name: "workbench.conversion.rewriting:arranged".
    """

    def __init__(self, home: str):
        self.home = home

    def __call__(self, *arguments: Any) -> Any:
        module, _, name = self.home.partition(":")
        return getattr(importlib.import_module(module), name)(*arguments)


class Handlers(Generic[Handler]):
    """A table from a kind of thing to the function that handles it.

    Parameters
    ----------
    operation : str
        What the handlers do, for messages: "ingest from Keras".
    """

    def __init__(self, operation: str):
        self.operation = operation
        self._table: dict[str, Handler] = {}

    def register(self, *kinds: str) -> Callable[[Handler], Handler]:
        """Return a decorator that registers a handler; a kind registered twice is a bug."""

        def add(handler: Handler) -> Handler:
            for kind in kinds:
                if kind in self._table:
                    raise ValueError(f"'{kind}' has two handlers for {self.operation}")
                self._table[kind] = handler
            return handler

        return add

    def get(self, kind: str) -> Handler | None:
        """Return the handler of a kind, or None."""
        return self._table.get(kind)

    @property
    def kinds(self) -> tuple[str, ...]:
        """All kinds that are handled, sorted."""
        return tuple(sorted(self._table))

    def refusal(self, name: str, kind: str) -> str:
        """Return the sentence that refuses a layer for which there is no handler."""
        return (
            f"{name} ({kind}) is not supported to {self.operation}; supported: "
            f"{', '.join(self.kinds)}. Replace the layer, or leave it out of the saved model."
        )
