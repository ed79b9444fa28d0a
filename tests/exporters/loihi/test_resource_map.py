import json

import numpy as np
import pytest
from exporters.export_cases import Stack

from workbench.errors import ExportError
from workbench.exporters import export
from workbench.exporters.loihi.resource_map import resource_map


@pytest.fixture(scope="module", params=["loihi1", "loihi2"])
def written(request, tmp_path_factory):
    network = Stack((40, 40, 1)).conv("a", 1, 3).dense("output", 3).convert()
    path = tmp_path_factory.mktemp("loihi") / "net"
    return export(network, "loihi", path, chip=request.param).files[0]


def test_the_cores_hold_the_whole_network(written):
    table, values = resource_map(written), json.loads(written.read_text())
    assert len(table) == values["resources"]["totals"]["cores"]
    assert table["compartments"].sum() == values["resources"]["totals"]["compartments"]
    assert table["synapse_bytes"].sum() == values["resources"]["totals"]["synapses"]
    for layer in values["layers"]:
        rows = table[table["layer"] == layer["name"]]
        used = layer["resources"]
        assert len(rows) == used["cores"]
        assert rows["compartments"].max() == used["compartments_per_core"]
        assert rows["input_axons"].max() == used["input_axons_per_core"]
        assert rows["output_axons"].max() == used["output_axons_per_core"]
        # Neurons follow one another without a gap.
        starts = np.cumsum([0, *rows["compartments"]])[:-1]
        assert list(rows["first_neuron"]) == list(starts)


def test_shares_are_of_the_limits(written):
    table, values = resource_map(written), json.loads(written.read_text())
    limits = values["resources"]["limits"]
    assert (table["compartments_share"] * limits["core_compartments"]).tolist() == pytest.approx(
        table["compartments"].tolist()
    )
    assert table["input_axons_share"].isna().all() == (limits["core_input_axons"] is None)


def test_cores_are_counted_on_each_chip(tmp_path):
    network = Stack((6,)).dense("a", 2000).dense("output", 2000).convert()
    file = export(network, "loihi", tmp_path / "net").files[0]
    values = json.loads(file.read_text())
    values["resources"]["limits"]["cores"] = 7
    file.write_text(json.dumps(values))
    table = resource_map(file)
    assert table["core"].max() == 6
    assert (table["chip"] * 7 + table["core"]).tolist() == list(range(len(table)))


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"format": "another", "version": 2, "resources": 1}']
)
def test_other_files_are_refused(text, tmp_path):
    path = tmp_path / "net.json"
    path.write_text(text)
    with pytest.raises(ExportError, match=r"net\.json is no Loihi configuration of this version"):
        resource_map(path)
    with pytest.raises(ExportError, match=r"Cannot read .*missing\.json: No such file"):
        resource_map(tmp_path / "missing.json")
