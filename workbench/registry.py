"""Handlers: one table per operation, keyed by kind, that names what it lacks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

Handler = TypeVar("Handler", bound=Callable[..., object])


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
