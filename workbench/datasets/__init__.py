"""Samples to convert and test with: bundled, from arrays, from files."""

from workbench.datasets.arrays import from_arrays
from workbench.datasets.bundled import (
    dataset_names,
    for_network,
    for_shape,
    load,
    model_names,
    model_path,
)
from workbench.datasets.dataset import Dataset
from workbench.datasets.event_set import EventDataset, from_events
from workbench.datasets.event_sources import holds_events
from workbench.datasets.events import event_frames
from workbench.datasets.folder import from_folder, from_path
from workbench.datasets.npz import from_npz
from workbench.datasets.snn_toolbox_samples import from_snn_toolbox

__all__ = [
    "Dataset",
    "EventDataset",
    "dataset_names",
    "event_frames",
    "for_network",
    "for_shape",
    "from_arrays",
    "from_events",
    "from_folder",
    "from_npz",
    "from_path",
    "from_snn_toolbox",
    "holds_events",
    "load",
    "model_names",
    "model_path",
]
