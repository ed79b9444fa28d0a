"""What the command `run` tells of a simulation."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.cli.output import progress, stage
from workbench.settings import Simulation

if TYPE_CHECKING:
    import numpy as np

    from workbench.datasets import Dataset
    from workbench.network.graph import Network
    from workbench.network.spiking import SpikingNetwork
    from workbench.run import Run


def run_result(
    spiking: SpikingNetwork,
    data: Dataset,
    samples: int | None,
    settings: Simulation,
    ann: Network | None,
    report: Path | None = None,
) -> dict[str, Any]:
    """Simulate test samples: what they cost, and accuracy or error where it is known what is right.

    Parameters
    ----------
    samples : int or None
        None for all.
    ann : Network or None
        The analog network to compare with.
    report : Path, optional
        Folder for a page and tables of the run.
    """
    from workbench.util.stored_samples import first
    from workbench.workflow import simulate

    x = first(data.x_test, samples)
    if report is None:
        # Accuracy and cost need no single spikes, of which a whole test set has many.
        settings = dataclasses.replace(settings, record=())
    stage("Simulating …")
    run = simulate(spiking, x, settings, progress())
    if report is not None:
        stage(f"Writing {report} …")
        labels = None if data.y_test is None else data.y_test[:samples]
        run.report(report, labels, ann)
    totals = run.operations().drop(columns="layer").sum()
    result: dict[str, Any] = {
        "network": spiking.name,
        "data": data.name,
        "samples": len(x),
        "steps": run.steps,
        "seconds": round(run.elapsed_s, 3),
        "spikes_per_sample": float(totals["spikes"]),
        "synops_per_sample": float(totals["synops"]),
        "macs_per_sample": int(totals["macs"]),
        "energy_compute_nj_per_sample": float(totals["energy_pj"]) / 1e3,
        "energy_with_memory_nj_per_sample": float(totals["energy_memory_pj"]) / 1e3,
        "energy_quantized_ann_nj_per_sample": float(totals["energy_ann_pj"]) / 1e3,
    }
    if data.y_test is None:
        return result
    if ann is not None:
        stage("Measuring the analog network …")
    y = data.y_test[:samples]
    measure = _error if data.has_targets(spiking.classes) else _accuracy
    return result | measure(run, y, ann)


def _accuracy(run: Run, labels: np.ndarray, ann: Network | None) -> dict[str, Any]:
    from workbench.analysis.accuracy import latency

    table = run.accuracy(labels, float("nan") if ann is None else ann)
    last = table.iloc[-1]
    return {
        "accuracy": float(last["snn"]),
        "undecided": float(last["undecided"]),
        "ann_accuracy": None if ann is None else float(last["ann"]),
        "latency_steps": latency(table),
    }


def _error(run: Run, targets: np.ndarray, ann: Network | None) -> dict[str, Any]:
    from workbench.analysis.regression_error import error_latency

    table = run.error(targets, ann)
    last = {name: None if value != value else value for name, value in table.iloc[-1].items()}
    return {
        "mse": last["mse"],
        "r2": last["r2"],
        "ann_mse": last.get("ann_mse"),
        "ann_r2": last.get("ann_r2"),
        "latency_steps": error_latency(table),
    }
