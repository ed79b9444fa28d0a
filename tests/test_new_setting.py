"""A field in the class of settings is all that a new setting takes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

NEW = '''
import dataclasses, json, sys
import workbench.settings as home
from collections.abc import Mapping
from typing import Literal
from workbench.setting import documented, setting
from workbench.setting_values import Choice, Integer, Number, PerLayer, Truth

Colour = Literal["red", "green"]

@documented
@dataclasses.dataclass(frozen=True)
class Conversion(home.Conversion):
    """With more settings."""

    gain: float = setting(1.0, Number(0, 8), "Gain", "Factor of all.", unit="mV", places=(0, 4, 8))
    colour: Colour = setting("red", Choice(Colour), "Colour", "Of a spike.", group="Paint")
    glossy: bool = setting(False, Truth(), "Glossy", "Whether it shines.", group="Paint")
    coats: int | None = setting(None, Integer(1, 9, none="enough"), "Coats", "How many.")
    gains: Mapping[str, float] = setting(
        {}, PerLayer(Number(0, 8), 2.5, common="gain"), "Gains", "Of layers.", flag="--layer-gain"
    )

home.Conversion = Conversion  # as if the fields stood there
told = {}

# check
from workbench.errors import SettingsError
try:
    Conversion(gain=9)
except SettingsError as error:
    told["refusal"] = str(error)

# option of the command line, TOML file, and the file of a network
import workbench as wb
from workbench.cli.main import main
wb.save_settings("s.toml", Conversion(gain=2, colour="green", gains={"conv1": 3}))
told["file"] = wb.load_settings("s.toml")[0].gain
flags = ["--gain", "7", "--glossy", "--coats", "3", "--layer-gain", "output=2.5"]
assert main(["convert", "counting", "net.snn", "--settings", "s.toml", *flags]) == 0
told["network"] = dataclasses.asdict(wb.load("net.snn").conversion)

# documentation
told["table"] = [line for line in wb.settings_table().splitlines() if "`gain`" in line]
told["docstring"] = "gain : float, 0 to 8\\n    Factor of all." in Conversion.__doc__

# controls
from workbench.ui.app import Workbench
from workbench.ui.widgets import Disclosure
import ipywidgets as widgets
bench = Workbench("counting", gain=2, steps=5, test_samples=0)
assert bench.wait(100)

def every(widget):
    yield widget
    for child in getattr(widget, "children", ()):
        yield from every(child)

def row(css):
    return next(w for w in every(bench) if css in getattr(w, "_dom_classes", ()))

next(w for w in every(row("swb-more")) if isinstance(w, Disclosure)).unfolded = True
assert bench.wait(100)
told["before"] = [w.value for w in row("swb-gain").children]
for css, value in {"gain": 4, "colour": "green", "glossy": True, "coats": "5"}.items():
    row(f"swb-{css}").children[-1].value = value
number = next(
    w for w in every(row("swb-per-layer"))
    if isinstance(w, widgets.FloatText) and w.description.startswith("gain")
)
number.value = 6
assert bench.wait(100)
told["controls"] = dataclasses.asdict(bench.state.conversion)
told["groups"] = [w.title for w in every(bench) if isinstance(w, Disclosure)]
told["labels"] = [w.description for w in row("swb-gain").children]
told["code"] = "gain=4" in bench.code()
bench.close()
print(json.dumps(told), file=sys.__stderr__)
'''


@pytest.mark.slow
def test_a_new_field_reaches_check_option_file_table_and_controls(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", NEW],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stderr.splitlines()[-1])
    assert told["refusal"] == "Conversion.gain is 9; accepted: 0 to 8."
    assert told["file"] == 2
    network = told["network"]
    assert (network["gain"], network["colour"], network["glossy"]) == (7, "green", True)
    assert (network["coats"], network["gains"]) == (3, {"conv1": 3, "output": 2.5})
    assert told["table"] == [
        "| `gain` | Gain | float, 0 to 8 | `1.0` | mV | `--gain` | Factor of all. |"
    ]
    assert told["docstring"]
    assert told["before"] == [2, 2]
    assert told["labels"] == ["Gain (mV)", "Gain (mV)"]
    assert "Paint" in told["groups"]
    controls = told["controls"]
    assert (controls["gain"], controls["colour"], controls["glossy"]) == (4, "green", True)
    assert (controls["coats"], controls["gains"]) == (5, {"conv1": 6})
    assert told["code"]
