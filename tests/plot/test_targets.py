from __future__ import annotations

import numpy as np

from workbench.plot.scatter import POINTS
from workbench.plot.targets import TargetScatter


def test_few_values_are_points_and_many_are_a_density() -> None:
    plot = TargetScatter()
    targets = np.array([[1.0, 2.0], [3.0, 4.0]])
    plot.update(targets, targets + 1, targets - 1)
    assert plot.snn.data["value"].tolist() == [2, 3, 4, 5]
    assert plot.snn.data["sample"].tolist() == [0, 0, 1, 1]
    assert plot.snn.data["output"].tolist() == [0, 1, 0, 1]
    assert plot.ann.data["value"].tolist() == [0, 1, 2, 3]
    assert plot.image.data["image"] == []
    many = np.linspace(0, 1, POINTS + 1)[:, None]
    plot.update(many, many, many)
    assert len(plot.snn.data["value"]) == len(plot.ann.data["value"]) == 0
    assert plot.image.data["image"][0].any()
    plot.update(targets, targets, None)
    assert plot.image.data["image"] == []
    assert plot.figure.x_range.start == plot.figure.y_range.start < 0
    assert plot.figure.x_range.end > 4
