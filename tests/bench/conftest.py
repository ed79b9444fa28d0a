"""A network small enough to measure in a test, and both networks that people measure."""

from __future__ import annotations

from typing import Any

import pytest

from workbench.bench.networks import Subject, lenet, vgg


@pytest.fixture(scope="session")
def lenet_subject() -> Subject:
    return lenet()


@pytest.fixture(scope="session")
def vgg_subject() -> Subject:
    return vgg()


@pytest.fixture
def nobody_else(monkeypatch: Any) -> None:
    """Let no peer be installed."""
    from workbench.bench import peers

    monkeypatch.setattr(peers, "absence", lambda package: "not installed")
