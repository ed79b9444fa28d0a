"""A declaration in another package is all that a new export target takes."""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path

import pytest

from exporters.foreign_packages import foreign_packages
from workbench import workflow
from workbench.cli.main import command_parser, main
from workbench.errors import ExportError
from workbench.exporters import all_targets, built_in
from workbench.ui.app import Workbench
from workbench.util.capabilities import OWNER, VIEWER, Capabilities

SOURCE = '''
import subprocess
from dataclasses import dataclass
from pathlib import Path
from collections.abc import Mapping
from typing import Literal

from workbench.exporters import Outcome, Parity, ParityOptions, Target
from workbench.setting import setting
from workbench.setting_values import Choice, Integer, LayerNames, Number, PerLayer, Program, Truth

Paper = Literal["white", "blue"]

@dataclass(frozen=True)
class Options(ParityOptions):
    """Of a drawing."""

    paper: Paper = setting("white", Choice(Paper, {"blue": "sky blue"}), "Paper", "Its colour.")
    width: float = setting(
        10.0, Number(1, 100), "Width", "Of the paper.", unit="cm", places=(1, 10, 100)
    )
    framed: bool = setting(False, Truth(), "Framed", "Whether it has a frame.", group="Frame")
    copies: int | None = setting(None, Integer(1, 9, none="enough"), "Copies", "How many.")
    layers: tuple[str, ...] | str = setting("all", LayerNames(), "Layers", "Which are drawn.")
    thick: Mapping[str, float] = setting({}, PerLayer(Number(0, 9), 2.5), "Thick", "Of lines.")
    pen: str = setting("", Program(none="the usual one"), "Pen", "The program that draws.")
    overlap: bool = setting(False, Truth(), "Data", "With a taken flag.", flag="--data")
    hidden: int = setting(4, Integer(0, 9), "Hidden", "Without a control.", group=None)

def write(request, options):
    if options.pen:
        subprocess.run([options.pen], check=True)
    spikes = request.simulate(request.network, request.probe(2), options.parity_steps)
    request.destination.file("_pic.txt").write_text(repr(options))
    words = f"{len(spikes)} layers and {len(request.samples)} samples are seen"
    return Outcome(Parity("exact", words), ("Handle with care.",), "display it")

TARGET = Target(
    "drawing", "Pencil drawing", "A picture for the wall.", ("_pic.txt",), write, Options,
    parity="exact", compared="what is seen", refuses="colours", runs="Hang it up",
)
'''

CHOSEN = {
    "paper": "blue",
    "width": 20.0,
    "framed": True,
    "copies": 3,
    "layers": ("output",),
    "thick": {"output": 2.0},
    "parity_steps": 5,
}
FLAGS = [
    *("--paper", "blue", "--width", "20", "--framed", "--copies", "3", "--layers", "output"),
    *("--thick", "output=2", "--parity-steps", "5"),
]


@pytest.fixture
def drawing(tmp_path: Path):
    folder = tmp_path / "site"
    folder.mkdir()
    with foreign_packages(folder) as install:
        install("pictures", SOURCE, drawing="pictures:TARGET")
        install("torn", "1 / 0", torn="torn:TARGET")
        yield all_targets().by_name["drawing"]


def test_it_reaches_python_and_the_command_line(drawing, counting, small_digits, tmp_path, capsys):
    spiking = workflow.convert(counting, small_digits.calibration)
    x = small_digits.x_test[:3]
    report = workflow.export(spiking, "drawing", tmp_path / "net", samples=x, **CHOSEN)
    assert report.files == (tmp_path / "net_pic.txt",)
    assert report.files[0].read_text("utf-8") == repr(drawing.options(**CHOSEN))
    assert str(report.parity).endswith("3 samples are seen")
    with pytest.raises(ExportError, match=r"'drawing' has no option papers; it has samples, .*pap"):
        workflow.export(spiking, "drawing", tmp_path / "net2", papers=1)
    with pytest.raises(ExportError, match=r"paper is 'red'; accepted: white, blue\."):
        workflow.export(spiking, "drawing", tmp_path / "net2", paper="red")

    arguments = ["export", "counting", "drawing", str(tmp_path / "shell"), *FLAGS]
    assert main([*arguments, "--option", "overlap=true", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["parity"]["words"].endswith("5 samples are seen")
    written = (tmp_path / "shell_pic.txt").read_text("utf-8")
    assert written == repr(drawing.options(**CHOSEN, overlap=True))
    assert main(["export", "counting", "nir", str(tmp_path / "no"), "--paper", "blue"]) == 2
    assert "'nir' has no option paper" in capsys.readouterr().err
    assert main(["export", "counting", "torn", str(tmp_path / "no")]) == 2
    assert "'torn' of torn 1.5 (torn:TARGET) cannot be loaded: Zero" in capsys.readouterr().err


def export_help() -> str:
    commands = next(action.choices for action in command_parser()._actions if action.choices)
    return " ".join(commands["export"].format_help().split())


def test_it_reaches_the_help(drawing):
    shown = export_help()
    assert "drawing (Pencil drawing)" in shown
    assert "--paper {white,blue} drawing: Its colour. (default: white)" in shown
    assert "(default: 3 for brian2, nest, nir, pynn, drawing; 30 for loihi)" in shown
    assert "--thick LAYER=VALUE drawing: Of lines. May be given several times." in shown
    assert "--pen PATH drawing: The program that draws. (default: the usual one)" in shown
    assert "With a taken flag" not in shown
    assert "'torn' of torn 1.5 (torn:TARGET) cannot be loaded" in shown


def test_it_reaches_the_reference(drawing, monkeypatch):
    pytest.importorskip("sphinx", reason="the extra 'docs' is not installed")
    monkeypatch.syspath_prepend(str(Path(__file__).parents[2] / "docs" / "_extensions"))
    page = importlib.import_module("reference_pages").exports_page()
    del sys.modules["reference_pages"]
    refused = "colours; the spike codes `phase`, `ttfs_steps`, `ttfs`"
    assert f"| `drawing` | `NAME_pic.txt` | exact | what is seen | {refused} |" in page
    assert "\n## drawing\n\nPencil drawing. A picture for the wall.\n" in page
    assert "| `width` `--width` | float, 1 to 100, in cm | `10.0` | Of the paper. |" in page
    for name in built_in():
        assert f"\n## {name}\n" in page


@pytest.mark.parametrize("capabilities", [OWNER, VIEWER], ids=["owner", "viewer"])
def test_it_reaches_the_form(drawing, tmp_path, capabilities: Capabilities):
    bench = Workbench("counting", steps=5, test_samples=0, capabilities=capabilities)
    assert bench.wait(100)
    widgets = list(every(bench.export_form()))
    rows = {css: w for w in widgets for css in getattr(w, "_dom_classes", ())}
    field = {name: rows.get(f"swb-export-drawing-{name}") for name in drawing.declared}
    assert ("cannot be loaded" in told(widgets)) == (capabilities is OWNER)
    owned = {"pen"} if capabilities is VIEWER else set()
    assert {name for name, found in field.items() if found is None} - {
        *("parity_samples", "parity_steps", "parity_timeout_s")
    } == {"hidden"} | owned

    rows["swb-export-target"].children[0].value = "drawing"
    place = tmp_path / "page" if capabilities is OWNER else "page"
    rows["swb-export-path"].children[0].value = str(place)
    field["paper"].children[0].value = "blue"
    slider, number = field["width"].children
    assert (slider.description, number.value) == ("Width (cm)", 10)
    slider.value = 100
    assert number.value == 100
    number.value = 20
    assert slider.value == 20
    field["framed"].children[0].value = True
    field["copies"].children[0].value = "3"
    field["layers"].children[0].value = "output"
    field["thick"].children[0].value = "output=2"
    rows["swb-export-drawing-parity-steps"].children[0].value = 5.0
    rows["swb-export"].click()
    assert bench.wait(100)
    exported = bench.state.exported
    assert exported is not None, bench.state.export_status.text
    assert Path(exported.files[0]).read_text("utf-8") == repr(drawing.options(**CHOSEN))
    assert "<b>Pencil drawing</b>" in told(widgets) and "Hang it up:" in told(widgets)
    assert "paper=&#x27;blue&#x27;" in told(widgets)
    bench.actions.export("drawing", f"{place}2", pen=str(tmp_path / "no_program"))
    assert bench.wait(100)
    words = "No such file" if capabilities is OWNER else "pen cannot be changed here"
    status = bench.state.export_status
    assert words in status.text + status.details
    bench.close()


def every(widget):
    """The widget and all below it."""
    yield widget
    for child in getattr(widget, "children", ()):
        yield from every(child)


def told(widgets) -> str:
    return "".join(str(getattr(w, "value", "")) for w in widgets if type(w).__name__ == "HTML")


def test_nothing_of_it_is_left(tmp_path):
    before = export_help()
    (tmp_path / "site").mkdir()
    with foreign_packages(tmp_path / "site") as install:
        install("pictures", SOURCE, drawing="pictures:TARGET")
        assert export_help() != before
    assert dict(all_targets().by_name) == built_in()
    assert not all_targets().problems
    assert export_help() == before
    assert "pictures" not in sys.modules
