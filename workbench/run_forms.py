"""Runs in the forms of other libraries: labelled arrays of xarray, spike trains of neo."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.errors import DataError
from workbench.spike_codes import SLICES
from workbench.util.optional import importing

if TYPE_CHECKING:
    from workbench.run import Run


def to_xarray(run: Run) -> Any:
    """Return a run's tables as one data set; see `workbench.run.Run.to_xarray`."""
    with importing("Run.to_xarray", DataError):
        import xarray
    recording = run.recording
    network, settings = recording.network, recording.settings
    samples, steps = np.arange(recording.samples), np.arange(1, recording.steps + 1)
    parts: dict[str, Any] = {
        "predictions": (("sample", "step"), recording.predictions),
        "outputs": (
            ("sample", *(f"output_axis_{i}" for i in range(len(network.output_shape)))),
            run.outputs(),
        ),
        "output_counts": (("sample", "output"), run.output_counts),
    }
    table = run.rates()
    layers = list(dict.fromkeys(table["layer"]))
    rates = table["mean_rate"].to_numpy().reshape(len(layers), recording.steps)
    parts["rates"] = (("layer", "step"), rates, {"units": "spikes per unit and step"})
    for name in recording.layers:
        axes = [f"{name}_axis_{i}" for i in range(len(network.population(name).shape))]
        graded = network.population(name).rule
        about = {"units": "thresholds" if graded else "spikes"}
        parts[f"counts/{name}"] = (("sample", *axes), run.counts(name), about)
    for name in recording.potentials:
        axes = [f"{name}_axis_{i}" for i in range(len(network.population(name).shape))]
        about = {"units": "normalized thresholds"}
        parts[f"potentials/{name}"] = (("sample", "step", *axes), run.potentials(name), about)
    # A name with a slash would be a group where a data set is written.
    return xarray.Dataset(
        {name.replace("/", "_"): part for name, part in parts.items()},
        coords={
            "sample": samples,
            "step": steps,
            "time_ms": ("step", steps * settings.dt_ms, {"units": "ms"}),
            "layer": layers,
        },
        attrs={
            "network": network.name,
            "settings": settings.to_toml(),
            "network_hash": network.content_hash,
        },
    )


def to_neo(run: Run, sample: int | None = None) -> Any:
    """Return a run's spike trains; see `workbench.run.Run.to_neo`.

    A spike of a step comes at the end of the step; in continuous time, each has its own time.
    """
    with importing("Run.to_neo", DataError):
        import neo
        import quantities
    recording = run.recording
    network, dt_ms = recording.network, recording.settings.dt_ms
    chosen = range(recording.samples) if sample is None else [sample]
    if sample is not None and not 0 <= sample < recording.samples:
        raise DataError(
            f"sample is {sample!r}; the run has the samples 0 to {recording.samples - 1}."
        )
    if not recording.layers:
        raise DataError(
            "The run recorded no layer, so it has no spike trains. Simulate with "
            "Simulation(record='all')."
        )
    end = recording.steps * dt_ms * quantities.ms
    block = neo.Block(name=network.name, description=recording.settings.to_toml())
    for number in chosen:
        segment = neo.Segment(name=f"sample {number}", index=number)
        block.segments.append(segment)
        for layer in recording.layers:
            samples, step, unit, *sign = recording.events[layer]
            own = slice(*np.searchsorted(samples, [number, number + 1]))
            if network.spike_code.is_continuous:
                at = recording.times[layer] * SLICES / network.windows
            else:
                at = step + 1
            for neuron, times, signs in _trains(
                network.population(layer).size, at[own], unit[own], [s[own] for s in sign]
            ):
                train = neo.SpikeTrain(
                    times * dt_ms * quantities.ms,
                    t_stop=end,
                    t_start=0 * quantities.ms,
                    sampling_rate=1 / (dt_ms * quantities.ms),
                    name=f"{layer} {neuron}",
                    layer=layer,
                    neuron=neuron,
                    sample=number,
                )
                if signs is not None:
                    payload = network.population(layer).in_thresholds(signs)
                    train.array_annotate(sign=np.sign(signs), payload=payload)
                segment.spiketrains.append(train)
    return block


def _trains(size: int, at: np.ndarray, unit: np.ndarray, sign: list[np.ndarray]) -> Any:
    """Yield every unit, silent ones too, with the times of its spikes in steps, and their signs."""
    order = np.argsort(unit, kind="stable")
    ends = np.searchsorted(unit[order], np.arange(size + 1))
    for neuron in range(size):
        own = order[ends[neuron] : ends[neuron + 1]]
        yield neuron, at[own], sign[0][own] if sign else None
