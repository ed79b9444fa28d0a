"""Read the bundled Keras files and save what the workbench makes of them.

    python data/ingest_networks.py          # after training: all of them
    python data/ingest_networks.py fashion  # this one

The saved `.snn` files let the bundled networks open in a moment, without tensorflow, and record
the samples that they were trained on; the activation statistics on these let them be converted in a
moment. Tests compare both with what is computed anew.
"""

from __future__ import annotations

import os
import shutil
import sys
from dataclasses import replace

from train_networks import RECIPES

from workbench.conversion import statistics_store
from workbench.conversion.preparation import prepare
from workbench.datasets.bundled import for_network
from workbench.ingest.keras import load_keras_file
from workbench.network import storage
from workbench.util import disk_cache as cache
from workbench.util.package_data import data_folder


def main(names: list[str]) -> None:
    """Rewrite the saved networks and statistics; with no names all of them."""
    if not names:
        shutil.rmtree(data_folder() / statistics_store.KIND, ignore_errors=True)
    # The cache writes its files where the package ships them.
    os.environ[cache.VARIABLE] = str(data_folder())
    for name in names or sorted(RECIPES):
        path = data_folder() / "networks" / f"{name}.keras"
        network = replace(load_keras_file(path), data=RECIPES[name].data)
        saved = storage.save(network, path.with_suffix(".snn"))
        print(f"{saved.name}: {network.verification}")
        prepare(network, for_network(network).calibration)
    (data_folder() / statistics_store.KIND).chmod(0o755)


if __name__ == "__main__":
    main(sys.argv[1:])
