import dataclasses

import numpy as np
import pytest
from exporters.export_cases import Stack, convolutions

from workbench.errors import ExportError
from workbench.exporters.loihi.chip_integers import QuantizedLayer, quantize
from workbench.exporters.loihi.chip_resources import CHIPS, chip_named, resources
from workbench.exporters.loihi.layer_chain import ChainLayer, chain
from workbench.network.dense import Dense

LOIHI1 = CHIPS["loihi1"]


def dense(name, inputs, units) -> QuantizedLayer:
    source = ChainLayer(name, Dense(np.ones((inputs, units))), np.zeros(units), 1.0)
    ones = np.ones((inputs, units), np.int64)
    return QuantizedLayer(source, ones, np.zeros(units, np.int64), 1, 0, 1.0, "weights")


def test_synapse_memory_decides_the_number_of_cores():
    found = resources((dense("a", 1000, 300), dense("b", 300, 10)), LOIHI1)
    first, second = found.layers
    assert (first.cores, first.synapses, first.input_axons_per_core) == (3, 300_000, 1000)
    assert first.synapse_bytes_per_core == 100_000
    assert first.output_axons_per_core == 100
    assert (second.cores, second.input_axons_per_core) == (1, 300)
    assert found.totals == {"cores": 4, "compartments": 310, "synapses": 303_000, "chips": 1}
    assert not found.violations


def test_compartments_decide_the_number_of_cores():
    (use,) = resources((dense("a", 5, 2500),), LOIHI1).layers
    assert (use.cores, use.compartments_per_core) == (3, 834)


def test_output_axons_count_the_cores_of_the_next_layer():
    found = resources((dense("a", 4, 600), dense("b", 600, 4000)), LOIHI1)
    first, second = found.layers
    assert second.cores == 19
    assert first.cores == 3  # 600 neurons x 19 cores = 11,400 axons, in cores of 4096
    assert first.output_axons_per_core == 200 * 19


def test_neighbouring_neurons_share_input_axons():
    layers = quantize(chain(Stack((40, 40, 1)).conv("a", 1, 3).convert()))
    (use,) = resources(layers, LOIHI1).layers
    assert use.cores == 2
    assert use.input_axons_per_core == 21 * 40  # 20 rows and one beyond their edge
    assert use.synapses == layers[0].source.map.synapse_count


def test_too_many_inputs_of_a_neuron_are_a_violation_with_a_remedy():
    found = resources((dense("wide", 5000, 3),), LOIHI1)
    (violation,) = found.violations
    assert (violation.layer, violation.value, violation.allowed) == ("wide", 5000, 4096)
    assert str(violation).startswith("wide: input axons per core 5,000, allowed 4,096. Each of")


def test_a_limit_that_no_cut_can_keep_does_not_break_the_others():
    # 9 cores would hold the bytes, but not 128 neurons of 9,216 in equal parts.
    found = resources((dense("wide", 9216, 128),), LOIHI1)
    assert [violation.limit for violation in found.violations] == ["input axons per core"]
    assert found.layers[0].synapse_bytes_per_core <= LOIHI1.core_synapse_bytes


def test_too_many_cores_are_a_violation_of_the_whole_network():
    small = dataclasses.replace(LOIHI1, cores=2)
    found = resources((dense("a", 1000, 300), dense("b", 300, 10)), small)
    (violation,) = found.violations
    assert (
        str(violation)
        == "the whole network: cores 4, allowed 2. Use 2 chips, or make layers smaller: a takes "
        "most, 3."
    )


def test_loihi_2_takes_more_per_core():
    layers = quantize(chain(convolutions().convert()))
    first, second = (resources(layers, CHIPS[name]).totals for name in ("loihi1", "loihi2"))
    assert first["synapses"] == second["synapses"]
    assert second["cores"] <= first["cores"]


def test_an_unknown_chip_is_refused():
    with pytest.raises(ExportError, match="no chip 'akida'; accepted: loihi1, loihi2"):
        chip_named("akida")


def test_neurons_and_synapses_may_need_more_chips_than_cores_do():
    small = dataclasses.replace(CHIPS["loihi2"], neurons=100, synapses=250)
    found = resources((dense("a", 2, 40), dense("b", 40, 80)), small)
    assert (found.totals["cores"], found.totals["chips"]) == (2, 14)  # 80 + 3,200 synapses
    assert [str(violation) for violation in found.violations] == [
        "the whole network: neurons 120, allowed 100. Use 14 chips, or make layers smaller: b "
        "takes most, 80.",
        "the whole network: synapses 3,280, allowed 250. Use 14 chips, or make layers smaller: b "
        "takes most, 3,200.",
    ]
