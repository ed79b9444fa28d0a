from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import ipywidgets as widgets
import pytest
from controls import control, every, row

from workbench.exporters import built_in
from workbench.ui.app import Workbench
from workbench.ui.session.exporting import may_choose
from workbench.ui.session.results import Status
from workbench.ui.widgets import DownloadButton, ExplainedTable
from workbench.util.capabilities import OWNER, VIEWER, Capabilities


def test_exporting_offers_the_files(bench: Workbench, tmp_path: Path) -> None:
    control(bench, "swb-export-target").value = "builtin"
    control(bench, "swb-export-path").value = str(tmp_path / "net")
    row(bench, "swb-export").click()
    assert bench.wait(60)
    names = [w.file_name for w in every(bench) if isinstance(w, DownloadButton)]
    assert {"net.snn", "net.py"} <= set(names)
    words = "".join(w.value for w in every(bench) if isinstance(w, widgets.HTML))
    assert "Exact, compared with the simulator: " in words
    assert "Run it in a cell of a notebook" in words
    assert "net.snn&#x27;)" in words


def test_a_chip_is_told_layer_by_layer(bench: Workbench, tmp_path: Path) -> None:
    control(bench, "swb-export-target").value = "loihi"
    control(bench, "swb-export-loihi-chip").value = "loihi2"
    control(bench, "swb-export-path").value = str(tmp_path / "net")
    row(bench, "swb-export").click()
    assert bench.wait(120)
    (table,) = (
        w.table
        for w in every(bench)
        if isinstance(w, ExplainedTable) and "chip" in w.table.get("caption", "")
    )
    layers = [[cell["text"] for cell in cells] for cells in table["rows"]]
    assert tuple(cells[0] for cells in layers) == bench.state.spiking.layers
    assert layers[0][2] == "864"
    assert all(cells[0]["colour"] for cells in table["rows"])


def test_a_refused_export_is_told_beside_the_form(bench: Workbench, tmp_path: Path) -> None:
    _age, *told = row(bench, "swb-export-result").children
    (tmp_path / "file").write_text("")
    control(bench, "swb-export-path").value = str(tmp_path / "file" / "net")
    row(bench, "swb-export").click()
    assert bench.wait(60)
    assert "swb-error" in told[0].value
    assert "is a file, not a folder" in told[0].value
    head = row(bench, "swb-status-box").value
    assert "swb-done" in head and "swb-error-export" in head
    assert "is a file, not a folder" in head and "Sample 0" in head
    assert "after the lines of the Python tab" in told[4].value
    control(bench, "swb-export-path").value = ""
    assert bench.wait(60)
    assert "Give a name for the files." in told[4].value


def test_an_export_in_progress_is_told_beside_the_form(bench: Workbench) -> None:
    told = row(bench, "swb-export-result").children[1]
    seen = []
    told.observe(lambda change: seen.append(change["new"]), "value")
    bench.state.export_status = Status("busy", "Exporting <net> …")
    assert bench.wait(60)
    assert "Exporting &lt;net&gt; …" in seen[-1]
    assert "swb-busy" in seen[-1]


@pytest.mark.parametrize("capabilities", [OWNER, VIEWER], ids=["owner", "viewer"])
def test_export_options_follow_the_target(
    make_bench: Callable[..., Workbench], capabilities: Capabilities
) -> None:
    """The form has a control for every option of every target, of the chosen one in sight."""
    bench = make_bench(capabilities=capabilities)
    menu = control(bench, "swb-export-target")
    assert [value for _, value in menu.options] == list(built_in())
    form = row(bench, "swb-export-form")
    for name, target in built_in().items():
        menu.value = name
        assert bench.wait(60)
        shown = {
            css
            for box in form.children
            if box.layout.display != "none"
            for w in every(box)
            for css in w._dom_classes
            if css.startswith("swb-export-")
        }
        for option, each in target.declared.items():
            css = f"swb-export-{name}-{option}".replace("_", "-")
            assert (css in shown) == may_choose(each, capabilities), css
            if css in shown:
                shown.remove(css)
                assert control(bench, css).description == each.title
                assert control(bench, css).tooltip == each.help
        rest = {"options", "option"} if len(target.declared) else {"options"}
        assert shown == {f"swb-export-{part}" for part in FOR_ALL | rest}


FOR_ALL = {"target", "path", "samples", "overwrite"}


def test_what_is_chosen_for_a_target_is_passed_on(bench: Workbench) -> None:
    control(bench, "swb-export-target").value = "loihi"
    control(bench, "swb-export-loihi-lava-python").value = " /no/python "
    control(bench, "swb-export-loihi-parity-steps").value = 20.0
    assert bench.wait(60)
    code = row(bench, "swb-export-result").children[5].value
    assert "lava_python=&#x27;/no/python&#x27;" in code
    assert "parity_steps=20," in code
    assert "chip" not in code  # as it is by default
    control(bench, "swb-export-target").value = "nir"
    assert bench.wait(60)
    assert "parity_steps" not in row(bench, "swb-export-result").children[5].value
