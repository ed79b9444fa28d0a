"""What a conversion says it does, and how far it is."""

import io
import sys

import numpy as np
from networks import convolution_network

import workbench as wb
from workbench.conversion import preparation
from workbench.conversion.rewriting import passes
from workbench.util import progress

NETWORK = convolution_network()


def samples(seed, count=20):
    return np.random.default_rng(seed).random((count, 5, 5, 1), np.float32)


def test_every_pass_every_batch_and_every_layer_is_told(monkeypatch):
    monkeypatch.setenv("WORKBENCH_CACHE", "off")
    monkeypatch.setattr("workbench.network.samples.BATCH_BYTES", 1, raising=True)
    seen, x = [], samples(1)
    spiking = wb.convert(NETWORK, x, step=seen.append)
    assert all(isinstance(step, wb.ConversionStep) for step in seen)
    names = [run.name for run in passes()]
    assert [step for step in seen if step.of == "pass"] == [
        ("compute the analog outputs", 0, len(names), "pass"),
        *((name, number, len(names), "pass") for number, name in enumerate(names, 1)),
    ]
    measured = [step for step in seen if step.name == "measure activations"]
    assert [(step.done, step.total, step.of) for step in measured] == [
        (done, len(x), "samples") for done in range(len(x))
    ]
    nodes = preparation.prepare(NETWORK, x).network.nodes[1:]
    assert [step.name for step in seen if step.of == "layer"] == [
        *(f"bring {node.name} to the grid" for node in nodes),
        "measure the rounding",
    ]
    assert str(seen[1]) == f"{names[0]}, pass 1 of {len(names)}"
    assert str(measured[3]) == "measure activations, 3 of 20 samples"
    assert spiking == wb.convert(NETWORK, x)


def test_what_is_known_is_not_done_again():
    x, seen = samples(2), []
    wb.convert(NETWORK, x)
    wb.convert(NETWORK, x, wb.Conversion(percentile=99), step=seen.append)
    assert {step.of for step in seen} == {"layer"}


def test_progress_counts_simulated_samples_alone():
    x, seen, steps = samples(3), [], []
    asked = wb.Conversion(calibrate="bias", calibrate_steps=2)
    wb.convert(NETWORK, x, asked, lambda *now: seen.append(now), step=steps.append)
    assert seen == [step[1:3] for step in steps if step.name == "calibrate"]
    assert seen[0][0] == 0
    assert seen[-1][0] == seen[-1][1]


def test_a_terminal_shows_a_line_where_a_script_asks_for_nothing(monkeypatch):
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    monkeypatch.setattr(sys, "stderr", Terminal())
    wb.convert(NETWORK, samples(4))
    assert not sys.stderr.getvalue()  # It took less than some seconds.
    monkeypatch.setattr(progress, "EVERY_S", 0)
    wb.convert(NETWORK, samples(5))
    told = sys.stderr.getvalue()
    assert "Converting: fold affine, pass " in told
    assert told.endswith("\n")
    wb.convert(NETWORK, samples(6), step=lambda step: None)
    assert sys.stderr.getvalue() == told
