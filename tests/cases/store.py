"""Write every case's network into its file in this folder.

``python tests/cases/store.py`` reads them from Keras anew. The tests of whatever comes after
reading use these files, and so need no tensorflow; the tests of reading hold them to what Keras
makes now.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from layer_cases import CASES, built

from cases.table import NETWORKS
from workbench.network import storage


def main() -> None:
    """Write a file for every case, and take away those of cases that are gone."""
    NETWORKS.mkdir(exist_ok=True)
    for path in NETWORKS.glob("*.snn"):
        if path.stem not in CASES:
            path.unlink()
    for name in CASES:
        storage.save(built(name)[1], NETWORKS / f"{name}.snn")


if __name__ == "__main__":
    main()
