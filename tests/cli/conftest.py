"""Shared by the tests of the command line."""

import numpy as np
import pytest
from layer_cases import CASES, stored

from workbench.network import storage


@pytest.fixture
def model_file(tmp_path):
    """A Keras network of a shape that no bundled samples have, and samples for it."""
    name = "conv_odd_same"
    path = storage.save(stored(name), tmp_path / "net.snn")
    x = CASES[name].samples(30)
    y = np.arange(30) % 3
    np.savez(tmp_path / "data.npz", x_train=x, y_train=y, x_test=x, y_test=y)
    return path


@pytest.fixture(autouse=True)
def no_progress(monkeypatch):
    """Take the lines away that a slow machine adds to what is told."""
    monkeypatch.setattr("workbench.util.progress.EVERY_S", 3600.0)
