"""Read every bundled Keras file and save what the workbench makes of it.

``python data/ingest_networks.py`` after training. The saved `.snn` files let the bundled
networks open in a moment, without tensorflow, and the activation statistics on the bundled digits
let them be converted in a moment; tests compare both with what is computed anew.
"""

from __future__ import annotations

import os
import shutil

from workbench.conversion import statistics_store
from workbench.conversion.preparation import prepare
from workbench.datasets.bundled import for_shape
from workbench.ingest.keras import load_keras_file
from workbench.network import storage
from workbench.util import disk_cache as cache
from workbench.util.package_data import data_folder


def main() -> None:
    """Rewrite all saved networks and statistics."""
    shutil.rmtree(data_folder() / statistics_store.KIND, ignore_errors=True)
    # The cache writes its files where the package ships them.
    os.environ[cache.VARIABLE] = str(data_folder())
    for path in sorted((data_folder() / "networks").glob("*.keras")):
        network = load_keras_file(path)
        saved = storage.save(network, path.with_suffix(".snn"))
        print(f"{saved.name}: {network.verification}")
        prepare(network, for_shape(network.input_shape).calibration)
    (data_folder() / statistics_store.KIND).chmod(0o755)


if __name__ == "__main__":
    main()
