"""The reference is written from the code: nothing that exists is missing there."""

import importlib
import re
import sys
from argparse import SUPPRESS
from pathlib import Path

import pytest

import workbench as wb
from workbench.cli.main import command_parser
from workbench.conversion.rewriting import ALL
from workbench.exporters import built_in
from workbench.settings_reference import settings_records

DOCS = Path(__file__).parents[2] / "docs"

pytest.importorskip("sphinx", reason="the extra 'docs' is not installed")


@pytest.fixture(scope="module")
def reference():
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(DOCS / "_extensions"))
        yield importlib.import_module("reference_pages")
    del sys.modules["reference_pages"]


@pytest.fixture(scope="module")
def texts(reference):
    return reference.pages()


def test_every_public_name_stands_on_a_page(texts):
    shown = set(re.findall(r"\.\. auto\w+:: (\S+)", "".join(texts.values())))
    names = {f"workbench.{name}" for name in wb.__all__ if name[0] != "_"}
    names -= {"workbench.datasets", "workbench.plot", "workbench.teaching"}
    names |= {f"workbench.datasets.{name}" for name in wb.datasets.__all__ if name != "Dataset"}
    names |= {f"workbench.plot.{name}" for name in wb.plot.__all__}
    names |= {f"workbench.teaching.{name}" for name in wb.teaching.__all__}
    assert names <= shown


def test_a_public_name_without_a_page_ends_the_build(reference, monkeypatch):
    monkeypatch.setattr(wb, "__all__", [*wb.__all__, "brand_new"])
    with pytest.raises(Exception, match=r"on no page: \['workbench.brand_new'\]"):
        reference.pages()


def test_every_command_stands_with_its_help(texts):
    commands = next(a.choices for a in command_parser()._actions if a.choices)
    for name, parser in commands.items():
        assert f"\n## {name}\n" in texts["commands.md"]
        assert f"usage: snn-workbench {name}" in texts["commands.md"]
        shown = {o: a for o, a in parser._option_string_actions.items() if a.help != SUPPRESS}
        for option in shown:
            assert option in texts["commands.md"]


def test_the_width_of_the_terminal_changes_nothing(reference, texts, monkeypatch):
    monkeypatch.setenv("COLUMNS", "40")
    assert reference.commands_page() == texts["commands.md"]


def test_every_setting_stands_with_its_help(texts):
    for kind in (wb.Conversion, wb.Simulation):
        for record in settings_records(kind):
            assert f"`{record['name']}`" in texts["settings.md"]
            assert record["help"].replace("|", r"\|") in texts["settings.md"]


def test_every_option_of_every_target_stands_with_its_help(texts):
    for name, target in built_in().items():
        assert f"| `{name}` | " in texts["exports.md"]
        section = texts["exports.md"].partition(f"\n## {name}\n")[2].partition("\n## ")[0]
        assert section.startswith(f"\n{target.title}. {target.about}\n")
        for option, each in target.declared.items():
            assert f"| `{option}` `{each.flag}` |" in section
            assert each.help in section


def test_every_pass_stands_in_order_with_what_it_says(texts):
    rows = [line for line in texts["passes.md"].splitlines() if line.startswith("| ")][1:]
    assert [row.split(" | ")[0] for row in rows] == [f"| {each.name}" for each in ALL]
    for each, row in zip(ALL, rows, strict=True):
        assert each.does[1:] in row
        assert each.expects in row
        assert each.guarantees in row
        assert row.endswith(f". | {each.outputs} |")
        assert ("Only with `" in row) == bool(each.when)
        assert ("Not with `" in row) == bool(each.unless)
    assert "Only with `max_pool='relu'`" in texts["passes.md"]


def test_the_explanation_includes_the_table_of_passes(reference, texts):
    text = (DOCS / "explanation" / "conversion.md").read_text("utf-8")
    assert f"{{include}} ../reference/passes.md\n:start-after: {reference.TABLE}\n" in text
    assert texts["passes.md"].count(reference.TABLE) == 1


@pytest.mark.parametrize(
    ("written", "escaped"),
    [
        (
            "x : ndarray, shape (samples, *input shape)",
            r"x : ndarray, shape (samples, \*input shape)",
        ),
        ("(frames,\n    *input shape)", "(frames,\n    \\*input shape)"),
        ("(*input shape)", r"(\*input shape)"),
        ("*kinds : type", "*kinds : type"),
        ("``convert(net, *samples)`` and *this*", "``convert(net, *samples)`` and *this*"),
    ],
)
def test_stars_of_shapes_begin_no_emphasis(reference, written, escaped):
    lines = written.split("\n")
    reference.keep_stars(None, "function", "f", None, None, lines)
    assert lines == escaped.split("\n")
