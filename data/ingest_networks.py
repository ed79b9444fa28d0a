"""Read every bundled Keras file and save what the workbench makes of it beside it.

``python data/ingest_networks.py`` after training. The saved `.snn` files let the bundled
networks open in a moment, without tensorflow; a test compares them with the Keras files.
"""

from __future__ import annotations

from workbench.ingest.keras import load_keras_file
from workbench.network import storage
from workbench.util.package_data import data_folder


def main() -> None:
    """Rewrite all saved networks."""
    for path in sorted((data_folder() / "networks").glob("*.keras")):
        network = load_keras_file(path)
        saved = storage.save(network, path.with_suffix(".snn"))
        print(f"{saved.name}: {network.verification}")


if __name__ == "__main__":
    main()
