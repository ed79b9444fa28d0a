"""The workbench's own file, with a few lines that load and run it without TensorFlow."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from workbench.errors import ExportError, ModelFileError
from workbench.exporters.abilities import Abilities
from workbench.exporters.export_report import Parity
from workbench.exporters.file_header import docstring, given_arrays, header
from workbench.exporters.target import NoOptions, Outcome, Request, Target
from workbench.network import storage
from workbench.network.spiking import SpikingNetwork
from workbench.neuron_rules import SPIKE_RULES
from workbench.spike_codes import CODES

PARITY_SAMPLES = 2
PARITY_STEPS = 20

SCRIPT = """
import sys
from pathlib import Path

import numpy as np
import workbench as wb

network = wb.load(Path(__file__).with_suffix(".snn"))
data = np.load({samples})
run = wb.simulate(network, {x}, wb.Simulation(steps={steps}))
print(run, "\\nPredictions (-1: undecided):", *run.predictions())
print("Labels:", *data["y"] if "y" in data else ["not known"])
print("Outputs:", *run.outputs().round(5).tolist())
"""

CELL = """
import numpy as np
import workbench as wb

network = wb.load({saved!r})
data = np.load({samples!r})
run = wb.simulate(network, data["x"], wb.Simulation(steps={steps}))
run.predictions()
"""


def export_builtin(request: Request, options: NoOptions) -> Outcome:
    """Write ``NAME.snn`` and ``NAME.py``, and ``NAME.npz`` if there are samples.

    Raises
    ------
    ExportError
        If the file does not read back as the same network, or holds layers of foreign classes.
    """
    network, place = request.network, request.destination
    samples, labels = request.samples, request.labels
    _check_kinds(network)
    saved, script = place.file(".snn"), place.file(".py")
    if samples is not None:
        arrays: dict[str, Any] = {"x": samples} if labels is None else {"x": samples, "y": labels}
        np.savez_compressed(place.file(".npz"), **arrays)
    try:
        storage.save(network, saved)
    except ModelFileError as error:
        raise ExportError(str(error)) from error
    script.write_text(_script(request), encoding="utf-8")
    given = "my_samples.npz" if samples is None else str(place.final(".npz"))
    cell = CELL.format(saved=str(place.final(".snn")), samples=given, steps=request.steps).strip()
    notes = (
        "TensorFlow is not needed. The script does the same as the lines below, which are for a "
        "cell of a notebook.",
    )
    return Outcome(_compare(request, saved), notes, cell)


def _check_kinds(network: SpikingNetwork) -> None:
    """Refuse classes of layers that the script's process would not know."""
    layers = (layer for projection in network.projections for layer in projection.maps)
    foreign = sorted({layer.kind for layer in layers if layer.is_foreign})
    if foreign:
        raise ExportError(
            f"Network '{network.name}' has layers of the kinds {', '.join(foreign)}, which the "
            "script could not load without their classes. Convert the analog network, so that "
            "they become lists of synapses; or use wb.save, and import the classes before wb.load."
        )


def _script(request: Request) -> str:
    network, name = request.network, request.name
    what = f"Load and run the spiking network '{network.name}' in the snn-workbench."
    how = f"Run it:\n\n    python {name}.py my_samples.npz\n\n"
    how += f"my_samples.npz holds {given_arrays(network)}, and maybe labels y."
    given, x = "sys.argv[1]", 'data["x"]'
    if network.input_parts:
        x += ' if "x" in data else [data[name] for name, _ in network.input_parts]'
    if request.samples is not None:
        how += f"\nWithout a file, the samples in {name}.npz are used."
        given += ' if len(sys.argv) > 1 else Path(__file__).with_suffix(".npz")'
    return docstring(header(network, what, how)) + SCRIPT.format(
        samples=given, x=x, steps=request.steps
    )


def _compare(request: Request, saved: Path) -> Parity:
    """Read the file back; it must hold the same network, and spike the same."""
    network, again = request.network, storage.load(saved)
    if not isinstance(again, SpikingNetwork) or again.content_hash != network.content_hash:
        raise ExportError(
            f"The saved network '{network.name}' reads back differently, so nothing was exported. "
            "Please report this network."
        )
    words = "the file reads back with the same content hash"
    if request.simulate is None:
        return Parity("exact", words)
    x = request.probe(PARITY_SAMPLES)
    before = request.simulate(network, x, PARITY_STEPS)
    after = request.simulate(again, x, PARITY_STEPS)
    for layer, events in before.items():
        if not all(np.array_equal(a, b) for a, b in zip(events, after[layer], strict=True)):
            raise ExportError(
                f"The saved network '{network.name}' spikes differently in layer '{layer}', so "
                "nothing was exported. Please report this network."
            )
    total = sum(len(events[0]) for events in before.values())
    return Parity("exact", f"{words} and gives the same {total:,} spikes ({len(x)} samples)")


TARGET = Target(
    name="builtin",
    title="Built-in simulator",
    about="The .snn file of this workbench, and a script that runs it without TensorFlow.",
    suffixes=(".snn", ".py", ".npz"),
    write=export_builtin,
    parity="exact",
    compared="the file reads back with the same content and gives the same spikes",
    runs="Run it in a cell of a notebook",
    abilities=Abilities("builtin", "the built-in simulator", tuple(CODES), tuple(SPIKE_RULES)),
)
