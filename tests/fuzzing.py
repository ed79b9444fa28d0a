"""What writes files of a kind, and what reads them when they are damaged."""

import os
import random

import fuzz_files as files
import numpy as np


def _toolbox(path):
    from toolbox_files import with_files

    from workbench.ingest.snn_toolbox import from_snn_toolbox

    with_files(path.parent)
    str(from_snn_toolbox(path))


def _settings(path):
    import workbench as wb

    kind = wb.Conversion if path.stem == "conversion" else wb.Simulation
    kind.from_toml(path.read_bytes().decode("utf-8", "replace"))


def _load(path):
    import workbench as wb

    return wb.load(path)


def _run(path):
    import workbench as wb

    run = wb.load_run(path)
    run.accuracy([0] * len(run.predictions()))
    run.operations()
    run.rates()
    return run.outputs()


def _samples(path):
    from workbench.datasets import from_folder, from_npz

    data = from_npz(path) if path.suffix == ".npz" else from_folder(path.parent)
    return np.asarray(data.x_test[:2])


def _images(path):
    from workbench.datasets import from_folder

    return np.asarray(from_folder(path.parent.parent).x_test)


def _events(path):
    from workbench.datasets import from_events

    return np.asarray(from_events(path, window_ms=1, sensor_size=(128, 128)).x_test[:1])


READERS = {
    "keras": (files.write_keras, _load),
    "onnx": (files.write_onnx, _load),
    "nir": (files.write_nir, _load),
    "snn": (files.write_snn, _load),
    "run": (files.write_run, _run),
    "npz": (files.write_npz, _samples),
    "images": (files.write_images, _images),
    "events": (files.write_events, _events),
    "toolbox": (files.write_toolbox, _toolbox),
    "settings": (files.write_settings, _settings),
    # More structures, which take longer to write.
    "keras-cases": (files.write_keras_cases, _load),
    "onnx-cases": (files.write_onnx_cases, _load),
    "snn-cases": (files.write_snn_cases, _load),
    "nir-cases": (files.write_nir_cases, _load),
}
"""By name: what writes valid files, and what reads one."""


def warm_up(reader):
    """Import what a reader needs, so that every case begins with it."""
    import workbench.datasets
    import workbench.workflow  # noqa: F401

    os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")
    if reader.startswith("keras"):
        from workbench.ingest.keras import import_keras

        import_keras()
    if reader.startswith("onnx"):
        import onnxruntime  # noqa: F401

        from workbench.ingest.onnx import import_onnx

        import_onnx()
    if reader.startswith("nir"):
        import nir  # noqa: F401


def rng_of(reader, case):
    """Return the random numbers of a case: the same ones every time."""
    return random.Random(f"{reader} {case}")
