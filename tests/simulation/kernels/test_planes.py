import numpy as np
import pytest

from workbench.network.pooling import SumPool2D
from workbench.network.rearrange import Pad, Slice
from workbench.simulation.kernels.planes import link_blocks, link_plane, tally
from workbench.simulation.sparse_links import links


@pytest.mark.parametrize("steps", [1, 20, 255, 256, 700])
@pytest.mark.parametrize("units", [1, 16, 100])
def test_tallies_count_steps_and_units(steps, units):
    plane = np.random.default_rng(0).integers(0, 2, (steps, units + 16), np.uint8)
    plane[:, 0] = 1  # More spikes than a byte can count.
    per_step, counts = np.full(steps, 5, np.int32), np.full(units, 3, np.int32)
    tally(plane, units, per_step, counts)
    assert (per_step == 5 + plane[:, :units].sum(axis=1)).all()
    assert (counts == 3 + plane[:, :units].sum(axis=0)).all()


@pytest.mark.parametrize(
    ("layer", "in_blocks"),
    [
        (SumPool2D((4, 6, 16), (2, 2), (2, 2)), True),
        (SumPool2D((5, 6, 32), (3, 3), (1, 2)), True),
        (Slice((3, 3, 48), (1, 0, 16), (3, 3, 48)), True),
        (Pad((3, 3, 16), (1, 1, 16), (0, 1, 0)), True),
        (SumPool2D((4, 6, 8), (2, 2), (2, 2)), False),
        (SumPool2D((5, 5, 16), (2, 2), (2, 2), ((0, 1), (0, 1))), False),
        (Slice((3, 3, 48), (1, 0, 8), (3, 3, 40)), False),
    ],
    ids=str,
)
def test_planes_go_through_links(layer, in_blocks):
    table = links(layer)
    assert (table.blocks is not None) == in_blocks
    plane = np.random.default_rng(0).integers(0, 2, (3, table.inputs + 16), np.uint8)
    expected = layer.forward(plane[:, : table.inputs].reshape(3, *layer.input_shape) * 1.0)
    for _ in range(2):  # What was there before does not count.
        target = np.full((3, table.outputs + 16), 9, np.uint8)
        link_plane(table.begin, table.member, table.member_weight, plane, target)
        assert (target[:, : table.outputs] == expected.reshape(3, -1)).all()
        if table.blocks is not None:
            target[:, : table.outputs] = 9
            link_blocks(*table.blocks, plane, target)
            assert (target[:, : table.outputs] == expected.reshape(3, -1)).all()
