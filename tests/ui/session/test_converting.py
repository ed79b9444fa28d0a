"""Conversion that simulates: how far it is, and that it stops."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import replace
from typing import Any

import pytest

from workbench import datasets, workflow
from workbench.conversion import preparation
from workbench.settings import Conversion, Simulation
from workbench.ui.session import converting
from workbench.ui.session.pipeline import Pipeline
from workbench.ui.session.request import Request
from workbench.ui.session.results import Status

CALIBRATED = Conversion(calibrate="potential", calibrate_samples=30)


def request(conversion: Conversion) -> Request:
    return Request("counting", None, conversion, Simulation(steps=10), 3, 0)


def never() -> bool:
    return False


def test_calibration_is_told_with_its_share_and_done_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(converting, "PROGRESS_S", 0.0)
    monkeypatch.setattr(preparation, "_cache", OrderedDict())  # passes run, whatever ran before
    pipeline, asked = Pipeline(), request(replace(CALIBRATED, calibrate_steps=7))
    told = list(pipeline.run(asked, never))
    shares = [status.progress for name, status in told if _is_progress(name, status)]
    assert shares == sorted(shares)
    assert shares[-1] == 1
    texts = [value.text for name, value in told if name == "status"]
    assert any(text.startswith("Converting: fold affine, pass ") for text in texts)
    data, network = datasets.load("mnist14"), workflow.load("counting")
    expected = workflow.convert(network, data.calibration, asked.conversion)
    assert dict(told)["converted"].spiking == expected
    again = pipeline.run(replace(asked, sample=4), never)
    assert not any(_is_progress(name, value) for name, value in again)


def _is_progress(name: str, value: Any) -> bool:
    return isinstance(value, Status) and "Simulating layer by layer" in value.text


def test_a_conversion_that_is_superseded_shows_nothing() -> None:
    asked = request(replace(CALIBRATED, calibrate_steps=6))
    names = {name for name, _ in Pipeline().run(asked, lambda: True)}
    assert names == {"status"}
