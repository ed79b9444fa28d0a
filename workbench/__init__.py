"""snn-workbench: turn trained networks into spiking ones, watch, tune and export them.

The names here are the public surface. They are imported when first used, so that
``import workbench`` stays fast and needs neither tensorflow nor a simulator.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

_HOMES = {
    "Conversion": "workbench.settings",
    "ConversionError": "workbench.errors",
    "ConversionStep": "workbench.conversion.steps",
    "DataError": "workbench.errors",
    "Dataset": "workbench.datasets.dataset",
    "Energy": "workbench.analysis.energy",
    "ExportError": "workbench.errors",
    "ModelFileError": "workbench.errors",
    "Network": "workbench.network.graph",
    "Run": "workbench.run",
    "SettingsError": "workbench.errors",
    "Simulation": "workbench.settings",
    "SimulationError": "workbench.errors",
    "SpikingNetwork": "workbench.network.spiking",
    "StructureError": "workbench.errors",
    "UnsupportedLayerError": "workbench.errors",
    "Sweep": "workbench.sweeps.result",
    "Tuning": "workbench.methods.tuning_result",
    "Workbench": "workbench.ui.app",
    "WorkbenchError": "workbench.errors",
    "WorkbenchWarning": "workbench.errors",
    "attribute": "workbench.methods.diagnosis",
    "convert": "workbench.workflow",
    "demo": "workbench.ui.demos.catalogue",
    "estimate": "workbench.methods.estimate",
    "evaluate": "workbench.sweeps.evaluate",
    "export": "workbench.workflow",
    "from_snn_toolbox": "workbench.ingest.snn_toolbox",
    "iter_sweep": "workbench.sweeps.sweep",
    "load": "workbench.workflow",
    "load_run": "workbench.run_file",
    "load_settings": "workbench.settings_file",
    "preset": "workbench.methods.presets",
    "resource_map": "workbench.exporters.loihi.resource_map",
    "run_in_brian2": "workbench.workflow",
    "save": "workbench.workflow",
    "save_settings": "workbench.settings_file",
    "settings_table": "workbench.settings_reference",
    "simulate": "workbench.workflow",
    "stream": "workbench.workflow",
    "sweep": "workbench.sweeps.sweep",
    "tune": "workbench.methods.tuning",
}
_MODULES = ("datasets", "plot", "teaching")

__all__ = ["__version__", *_HOMES, *_MODULES]

if TYPE_CHECKING:
    from workbench import datasets as datasets
    from workbench import plot as plot
    from workbench import teaching as teaching
    from workbench.analysis.energy import Energy as Energy
    from workbench.conversion.steps import ConversionStep as ConversionStep
    from workbench.datasets.dataset import Dataset as Dataset
    from workbench.errors import ConversionError as ConversionError
    from workbench.errors import DataError as DataError
    from workbench.errors import ExportError as ExportError
    from workbench.errors import ModelFileError as ModelFileError
    from workbench.errors import SettingsError as SettingsError
    from workbench.errors import SimulationError as SimulationError
    from workbench.errors import StructureError as StructureError
    from workbench.errors import UnsupportedLayerError as UnsupportedLayerError
    from workbench.errors import WorkbenchError as WorkbenchError
    from workbench.errors import WorkbenchWarning as WorkbenchWarning
    from workbench.exporters.loihi.resource_map import resource_map as resource_map
    from workbench.ingest.snn_toolbox import from_snn_toolbox as from_snn_toolbox
    from workbench.methods.diagnosis import attribute as attribute
    from workbench.methods.estimate import estimate as estimate
    from workbench.methods.presets import preset as preset
    from workbench.methods.tuning import tune as tune
    from workbench.methods.tuning_result import Tuning as Tuning
    from workbench.network.graph import Network as Network
    from workbench.network.spiking import SpikingNetwork as SpikingNetwork
    from workbench.run import Run as Run
    from workbench.run_file import load_run as load_run
    from workbench.settings import Conversion as Conversion
    from workbench.settings import Simulation as Simulation
    from workbench.settings_file import load_settings as load_settings
    from workbench.settings_file import save_settings as save_settings
    from workbench.settings_reference import settings_table as settings_table
    from workbench.sweeps.evaluate import evaluate as evaluate
    from workbench.sweeps.result import Sweep as Sweep
    from workbench.sweeps.sweep import iter_sweep as iter_sweep
    from workbench.sweeps.sweep import sweep as sweep
    from workbench.ui.app import Workbench as Workbench
    from workbench.ui.demos.catalogue import demo as demo
    from workbench.workflow import convert as convert
    from workbench.workflow import export as export
    from workbench.workflow import load as load
    from workbench.workflow import run_in_brian2 as run_in_brian2
    from workbench.workflow import save as save
    from workbench.workflow import simulate as simulate
    from workbench.workflow import stream as stream


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return importlib.import_module(f"workbench.{name}")
    if name in _HOMES:
        return getattr(importlib.import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'workbench' has no attribute '{name}'")


def __dir__() -> list[str]:
    return sorted(__all__)
