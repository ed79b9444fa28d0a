"""The lines of Python that do what the workbench shows."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

from workbench.datasets import Dataset, EventDataset, holds_events
from workbench.settings import Conversion, Simulation
from workbench.ui.session.loading import BUNDLED_DATA
from workbench.ui.session.own_input import OwnInput
from workbench.ui.session.results import Loaded
from workbench.ui.session.scratch import Upload
from workbench.ui.session.sources import same_source
from workbench.ui.session.state import State

SAVED_INPUT = "my_input.npy"
"""Name of the file with what was drawn, uploaded or changed."""

_REMARK = "  # the file that was uploaded"


def settings_code(settings: Conversion | Simulation) -> str:
    """Return a call that makes the settings, naming only what differs from the default."""
    default = type(settings)()
    changed = [
        f"{field.name}={getattr(settings, field.name)!r}"
        for field in dataclasses.fields(settings)
        if getattr(settings, field.name) != getattr(default, field.name)
    ]
    return f"wb.{type(settings).__name__}({', '.join(changed)})"


def reproducing_code(
    network: Any,
    data: Any,
    conversion: Conversion,
    simulation: Simulation,
    *,
    sample: int,
    test_samples: int,
    loaded: Loaded | None = None,
    own_input: OwnInput | None = None,
) -> str:
    """Return a script that reproduces what the workbench shows.

    What was drawn, uploaded or changed is read from a file that the page saves.

    Where the samples are known to carry no labels, there is no accuracy in it; where they carry the
    targets of a regression, there is its error instead.
    """
    lines = ["import workbench as wb", ""]
    lines.append(f"network = {_network_code(network)}")
    lines.append(f"data = {_data_code(data, loaded)}")
    lines.append(f"spiking = wb.convert(network, data.calibration, {settings_code(conversion)})")
    shown = f"data.x_test[{sample}:{sample + 1}]"
    if own_input is not None and own_input.is_changed:
        lines += [
            "",
            f"# {own_input.words(sample)}: 'Save as .npy' under 'Input by hand' gives the file",
            f"x = np.load({SAVED_INPUT!r})[None]",
        ]
        lines.insert(0, "import numpy as np")
        shown = "x"
    else:
        lines += ["", f"# the spikes of test sample {sample}"]
    every = dataclasses.replace(simulation, record="all")
    lines.append(f"run = wb.simulate(spiking, {shown}, {settings_code(every)})")
    shown = "run.outputs()" if is_regression(loaded) else "run.predictions(), run.output_counts"
    lines.append(f"print({shown})")
    if test_samples and has_labels(data, loaded):
        lines += [
            "",
            f"# {'error' if is_regression(loaded) else 'accuracy'} after each step",
            f"x, y = data.x_test[:{test_samples}], data.y_test[:{test_samples}]",
            f"run = wb.simulate(spiking, x, {settings_code(simulation)})",
            f"print(run.{'error' if is_regression(loaded) else 'accuracy'}(y, network).tail())",
        ]
    return "\n".join(lines) + "\n"


def code_of(state: State) -> str:
    """Return the script that reproduces what a workbench with this state shows."""
    return reproducing_code(
        state.network,
        state.data,
        state.conversion,
        state.simulation,
        sample=state.sample,
        test_samples=state.test_samples,
        loaded=state.loaded,
        own_input=state.own_input,
    )


def has_labels(data: Any, loaded: Loaded | None) -> bool:
    """Whether the samples that were asked for carry labels, as far as it is known yet."""
    if isinstance(data, Dataset) and (loaded is None or data.y_test is None):
        return data.y_test is not None
    if loaded is None or not same_source(loaded.data_asked, data):
        return True
    return loaded.dataset.y_test is not None


def is_regression(loaded: Loaded | None) -> bool:
    """Whether the samples carry targets of a regression, as far as it is known yet."""
    return loaded is not None and loaded.dataset.has_targets(loaded.network.classes)


def export_code(
    target: str,
    path: str,
    *,
    overwrite: bool = False,
    samples: int = 0,
    labelled: bool = True,
    **options: Any,
) -> str:
    """Return the lines that export the spiking network and say what came of it.

    They stand after those of `reproducing_code`.
    """
    arguments = [repr(target), repr(path)]
    if samples:
        arguments.append(f"samples=data.x_test[:{samples}]")
        if labelled:
            arguments.append(f"labels=data.y_test[:{samples}]")
    arguments += [f"{name}={value!r}" for name, value in options.items()]
    if overwrite:
        arguments.append("overwrite=True")
    inner = ",\n    ".join(["spiking", ", ".join(arguments[:2]), *arguments[2:]])
    return f"report = wb.export(\n    {inner},\n)\nprint(report)"


def _network_code(asked: Any) -> str:
    if isinstance(asked, (str, Path, Upload)):
        return f"wb.load({str(asked)!r}){_REMARK if isinstance(asked, Upload) else ''}"
    return "my_network  # the network given to wb.Workbench"


def _data_code(asked: Any, loaded: Loaded | None) -> str:
    if isinstance(asked, Upload):
        return f"wb.datasets.from_npz({asked.name!r}){_REMARK}"
    if asked is None and loaded is None:
        return "wb.datasets.for_network(network)"
    if asked is None or (isinstance(asked, (str, Path)) and str(asked) in BUNDLED_DATA):
        name = loaded.dataset.name if loaded is not None else str(asked)
        return f"wb.datasets.load({name!r})"
    if isinstance(asked, (str, Path)):
        place = Path(asked).expanduser()
        if holds_events(place):
            shape = "" if loaded is None else f", input_shape={loaded.network.input_shape}"
            return f"wb.datasets.from_events({str(asked)!r}{shape}).as_images()"
        reader = "from_folder" if place.is_dir() else "from_npz"
        return f"wb.datasets.{reader}({str(asked)!r})"
    if isinstance(asked, EventDataset):
        return "my_data.as_images()  # the recordings given to wb.Workbench"
    return "my_data  # the samples given to wb.Workbench"
