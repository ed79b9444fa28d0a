"""Reading large Keras files in a process of their own, which hands back the network.

TensorFlow takes 0.6 GB, and keeps the memory that a model filled once, a multiple of its weights,
for models to come. What ends with its process is free again. What that process refuses is read in
this one: it knows the layers that a script has registered, and how to refuse.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import cast

from workbench.errors import ModelFileError, WorkbenchError
from workbench.ingest.keras_files import ARCHITECTURE, WEIGHTS
from workbench.network import storage
from workbench.network.graph import Network
from workbench.network.layer import Shape

LARGE_BYTES = 2**27
"""Files of more are read apart; starting the process takes some seconds."""

HOME = Path(__file__).resolve().parents[2]
"""Where the package lies."""


def is_large(path: Path, weights: Path | None = None) -> bool:
    """Whether the files of a model are so large that they are read apart."""
    files = {path, weights or path}
    if path.suffix == ARCHITECTURE and weights is None:
        files |= {path.with_name(path.stem + ending) for ending in WEIGHTS}
    return sum(file.stat().st_size for file in files if file.is_file()) > LARGE_BYTES


def read_apart(
    path: Path, weights: Path | None, input_shape: Shape | None, output: str | None
) -> Network | None:
    """Read a model in another process; None where that refuses it.

    Parameters
    ----------
    path, weights, input_shape, output
        As in `workbench.ingest.keras.load_keras_file`.

    Raises
    ------
    ModelFileError
        If the process was killed.
    """
    if not sys.executable:  # Python within another program
        return None
    with tempfile.TemporaryDirectory(prefix="snn-workbench-keras-") as folder:
        result = Path(folder, "network.snn")
        files = [None if file is None else str(file.absolute()) for file in (path, weights)]
        asked = json.dumps([*files, input_shape, output])
        command = [sys.executable, "-P", "-m", __name__, asked, str(result)]
        places = [str(HOME), *filter(None, [os.environ.get("PYTHONPATH")])]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(places)}
        # Interrupting this process ends the other one, too.
        process = subprocess.run(
            command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, check=False
        )
        if process.returncode < 0:
            raise ModelFileError(
                f"Reading {path} with Keras was ended by signal {-process.returncode}: "
                "often that is memory. Close other programs, or save the network with wb.save on a "
                "larger machine and load the .snn file."
            )
        return cast("Network", storage.load(result)) if result.exists() else None


def main(asked: str, result: str) -> None:
    """Read a model and write its network, if it can be read."""
    from workbench.ingest.keras import read_keras_file

    path, weights, input_shape, output = json.loads(asked)
    shape = None if input_shape is None else tuple(input_shape)
    try:
        storage.save(read_keras_file(path, weights, shape, output), result, packed=False)
    except WorkbenchError:
        sys.exit(1)


if __name__ == "__main__":
    main(*sys.argv[1:])
