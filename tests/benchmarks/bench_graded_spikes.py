"""What a synaptic operation takes with signed, multi-threshold and one-shot neurons, to plain ones.

Run it by hand; it measures and asserts nothing:

    python tests/benchmarks/bench_graded_spikes.py lenet maxpool resnet --steps 4

All kinds take turns in one process, and the shortest time of each counts, on one thread.
"""

from __future__ import annotations

import argparse
import time

import workbench as wb

KINDS = {
    "if": wb.Conversion(initial_potential=0.5, per_channel=True),
    "signed": wb.Conversion(initial_potential=0.5, per_channel=True, neurons="signed"),
    "multi_threshold, 4 taps": wb.Conversion(neurons="multi_threshold"),
    "multi_threshold, 8 taps": wb.preset("graded", 2)[0],
    "one_shot": wb.preset("one_shot")[0],
}


def measured(name: str, steps: int, samples: int, repeats: int) -> dict[str, float]:
    """Nanoseconds per synaptic operation of each kind of neurons."""
    network = wb.load(name)
    data = wb.datasets.for_network(network)
    x, settings = data.x_test[:samples], wb.Simulation(steps=steps, readout="potential", threads=1)
    spiking = {kind: wb.convert(network, data.calibration, c) for kind, c in KINDS.items()}
    least: dict[str, float] = {}
    for _ in range(repeats):
        for kind, each in spiking.items():
            began = time.process_time()
            run = wb.simulate(each, x, settings)
            spent = time.process_time() - began
            per_operation = 1e9 * spent / (run.operations()["synops"].sum() * len(x))
            least[kind] = min(per_operation, least.get(kind, per_operation))
    return least


def main() -> None:
    """Print a line for each network and kind of neurons."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("networks", nargs="*", default=["lenet", "maxpool", "resnet"])
    parser.add_argument("--steps", type=int, default=4)
    parser.add_argument("--samples", type=int, default=100)
    parser.add_argument("--repeats", type=int, default=6)
    options = parser.parse_args()
    for name in options.networks:
        found = measured(name, options.steps, options.samples, options.repeats)
        for kind, value in found.items():
            print(f"{name}, {kind}: {value:.3f} ns per operation, {value / found['if']:.2f} of if")


if __name__ == "__main__":
    main()
