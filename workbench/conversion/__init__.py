"""From an analog network to a spiking one: exact passes, statistics, normalization, the grid."""

from __future__ import annotations

from dataclasses import replace

from workbench.conversion.grid_lowering import lower
from workbench.conversion.layer_report import report_rows
from workbench.conversion.preparation import prepare
from workbench.network.graph import Network
from workbench.network.spiking import SpikingNetwork
from workbench.settings import Conversion
from workbench.util.stored_samples import Samples


def convert(
    network: Network, calibration: Samples, conversion: Conversion | None = None
) -> SpikingNetwork:
    """Turn an analog network into a spiking one; see `workbench.workflow.convert`."""
    conversion = conversion or Conversion()
    prepared = prepare(
        network,
        calibration,
        max_pool=conversion.max_pool,
        spiking_pools=conversion.spiking_pools,
        per_channel=conversion.per_channel,
    )
    spiking = lower(prepared, conversion, network.take_samples(calibration))
    report = report_rows(network, prepared.stages[1:], spiking.populations)
    # What is cached may stem from a network of the same content under another name.
    return replace(spiking, name=network.name, report_rows=report, data=network.data)
