"""Shared by the tests of the session: what a workbench does, without its widgets."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest

from workbench import datasets
from workbench.ui.app import Workbench
from workbench.ui.session.actions import Actions
from workbench.ui.session.scratch import Scratch
from workbench.ui.session.sources import lent
from workbench.ui.session.state import State
from workbench.ui.session.ui_thread import UIThread
from workbench.util.capabilities import Capabilities, of_this_process


class Session:
    """A workbench nobody looks at: its making is most of the time of a test."""

    code = Workbench.code

    def __init__(
        self,
        network: Any,
        data: Any = None,
        *,
        run: bool = True,
        capabilities: Capabilities | None = None,
        **settings: Any,
    ):
        capabilities = of_this_process() if capabilities is None else capabilities
        if data is not None and not isinstance(data, (str, os.PathLike, datasets.Dataset)):
            data = datasets.from_arrays(data)
        scratch = Scratch(capabilities)
        network, data = (
            lent(setting, asked, scratch, capabilities)
            for setting, asked in (("network", network), ("data", data))
        )
        self.state = State(network=network, data=data, capabilities=capabilities, **settings)
        self._ui = UIThread(on_error=partial(Workbench._on_error, self), name="workbench-ui")
        self.actions = Actions(self.state, self._ui, scratch)
        if run:
            self.actions.run()

    def wait(self, timeout: float | None = 60.0) -> bool:
        return self.actions.wait(timeout)

    def close(self) -> None:
        self.actions.close()
        self._ui.shutdown(1)
        self.state.let_go()


@pytest.fixture
def make_bench() -> Iterator[Callable[..., Session]]:
    """A function that opens a session, run to the end, and closes it after the test."""
    opened = []

    def make(network: Any = "counting", data: Any = None, **settings: Any) -> Session:
        session = Session(network, data, **{"steps": 20, "test_samples": 20, **settings})
        opened.append(session)
        assert session.wait(300)
        return session

    yield make
    for session in opened:
        session.close()
