"""From an analog network to a spiking one: exact passes, statistics, normalization, the grid."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace

from workbench.conversion.grid_lowering import Lowering
from workbench.conversion.layer_report import report_rows
from workbench.conversion.preparation import Prepared, TraceRow, preparing
from workbench.conversion.steps import ConversionStep
from workbench.errors import SettingsError
from workbench.network.graph import Network
from workbench.network.spiking import SpikingNetwork
from workbench.settings import Conversion
from workbench.util.generators import finished
from workbench.util.stored_samples import Samples


def begin(
    network: Network, calibration: Samples, conversion: Conversion
) -> Generator[ConversionStep, None, Lowering]:
    """Prepare a network and return what makes its populations; they are yet to be added."""
    prepared: Prepared = yield from preparing(
        network,
        calibration,
        max_pool=conversion.max_pool,
        spiking_pools=conversion.spiking_pools,
        per_channel=conversion.per_channel,
    )
    return Lowering(prepared, conversion, network.take_samples(calibration))


def lower(lowering: Lowering) -> Generator[ConversionStep, None, None]:
    """Add all populations."""
    nodes = lowering.network.nodes[1:]
    for number, node in enumerate(nodes, 1):
        yield ConversionStep(f"bring {node.name} to the grid", number, len(nodes), "layer")
        lowering.add(node)
    yield ConversionStep("measure the rounding", len(nodes), len(nodes), "layer")


def complete(
    lowering: Lowering, network: Network, trace: tuple[TraceRow, ...] = ()
) -> SpikingNetwork:
    """Return the spiking network whose populations have all been added.

    Parameters
    ----------
    lowering : Lowering
    network : Network
        The one that `begin` was given.
    trace : tuple of rows
        What has been adjusted.
    """
    spiking, prepared = lowering.finish(trace), lowering.prepared
    report = report_rows(network, prepared.stages[1:], spiking.populations)
    # What is cached may stem from a network of the same content under another name.
    return replace(spiking, name=network.name, report_rows=report, data=network.data)


def convert(
    network: Network, calibration: Samples, conversion: Conversion | None = None
) -> SpikingNetwork:
    """Turn an analog network into a spiking one; see `workbench.workflow.convert`.

    Raises
    ------
    SettingsError
        If the settings ask for what `workbench.methods.calibration` does by simulating.
    """
    conversion = conversion or Conversion()
    if conversion.simulates:
        raise SettingsError(
            f"Conversion.normalization is {conversion.normalization!r} and calibrate "
            f"{conversion.calibrate!r}, for which layers are simulated. Use wb.convert."
        )
    lowering = finished(begin(network, calibration, conversion))
    finished(lower(lowering))
    return complete(lowering, network)
