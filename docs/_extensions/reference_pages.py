"""Writes the pages of the reference that the code itself tells: settings, passes, targets, others.

They are made anew before every build, so nothing is copied by hand; git ignores them. A public name
that belongs to no page ends the build.
"""

from __future__ import annotations

import argparse
import inspect
import os
import re
import types
from collections.abc import Collection, Iterator
from pathlib import Path

from accuracy_page import accuracy_page
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError

import workbench as wb
from workbench.cli.main import command_parser
from workbench.conversion.passes.conversion_pass import Pass
from workbench.conversion.rewriting import ALL
from workbench.exporters import all_targets
from workbench.settings_reference import settings_records
from workbench.spike_codes import CODES

HELP_COLUMNS = "84"  # as wide as the column of a page
BAR = r"\|"  # in a table of Markdown

API: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "networks": (
        "Networks",
        "Read networks, look at what became of their layers, and keep them.",
        (
            "workbench.load",
            "workbench.save",
            "workbench.Network",
            "workbench.SpikingNetwork",
            "workbench.from_snn_toolbox",
        ),
    ),
    "datasets": ("Data sets", "", ("workbench.Dataset", "workbench.datasets")),
    "conversion": (
        "Conversion and settings",
        "",
        (
            "workbench.convert",
            "workbench.ConversionStep",
            "workbench.Conversion",
            "workbench.Simulation",
            "workbench.preset",
            "workbench.load_settings",
            "workbench.save_settings",
            "workbench.preset",
            "workbench.settings_table",
        ),
    ),
    "simulation": (
        "Simulation and runs",
        "",
        (
            "workbench.simulate",
            "workbench.stream",
            "workbench.Run",
            "workbench.load_run",
            "workbench.Energy",
        ),
    ),
    "diagnosis": (
        "Diagnosis",
        "Which layer loses accuracy, by which cause, and which settings win it back.",
        ("workbench.attribute", "workbench.estimate"),
    ),
    "tuning": (
        "Tuning",
        "The cheapest settings that lose few points of accuracy.",
        ("workbench.tune", "workbench.Tuning"),
    ),
    "sweeps": (
        "Sweeps",
        "Grids of settings and whole test sets, on this machine or on a Dask cluster.",
        ("workbench.sweep", "workbench.iter_sweep", "workbench.Sweep", "workbench.evaluate"),
    ),
    "plots": ("Plots", "", ("workbench.plot",)),
    "export": (
        "Export",
        "",
        ("workbench.export", "workbench.run_in_brian2", "workbench.resource_map"),
    ),
    "interface": (
        "The workbench in a notebook",
        "",
        (
            "workbench.Workbench",
            "workbench.demo",
        ),
    ),
    "teaching": (
        "The course",
        "Explorers, predictions and checks that the notebooks of the course use.",
        ("workbench.teaching",),
    ),
    "errors": (
        "Errors and warnings",
        "Every error that the package raises on purpose is a `WorkbenchError`; its message names "
        "the object, the value, what is accepted, and a remedy.",
        (
            "workbench.WorkbenchError",
            "workbench.ConversionError",
            "workbench.DataError",
            "workbench.ExportError",
            "workbench.ModelFileError",
            "workbench.SettingsError",
            "workbench.SimulationError",
            "workbench.StructureError",
            "workbench.UnsupportedLayerError",
            "workbench.WorkbenchWarning",
        ),
    ),
}
"""Pages of the API: file, title, introduction, names; a module stands for its public names."""


def check_every_name_has_a_page() -> None:
    """Refuse to build where a public name stands on no page."""
    placed = {name for _, _, names in API.values() for name in names}
    public = {f"workbench.{name}" for name in wb.__all__ if not name.startswith("_")}
    if placed != public:
        raise ExtensionError(
            f"docs/_extensions/reference_pages.py: on no page: {sorted(public - placed)}; not "
            f"public: {sorted(placed - public)}. Change API there."
        )


def api_page(title: str, introduction: str, names: tuple[str, ...]) -> str:
    """Return a page of the API as Markdown that calls autodoc."""
    parts = [f"# {title}", introduction]
    things: dict[str, object] = {}
    for name in names:
        thing = getattr(wb, name.partition(".")[2])
        if isinstance(thing, types.ModuleType):
            parts.append((inspect.getdoc(thing) or "").replace("``", "`"))
            members = {each: getattr(thing, each) for each in thing.__all__}
            things |= {f"{name}.{each}": it for each, it in members.items()}
        else:
            things[name] = thing
    shown: list[object] = []  # a class may be public in the package and in a module of it
    for name, thing in things.items():
        if thing not in shown:
            parts.append(_directive(name, thing, things.values()))
            shown.append(thing)
    return "\n\n".join(part for part in parts if part) + "\n"


def _directive(name: str, thing: object, page: Collection[object]) -> str:
    kind, options = "autofunction", ""
    if inspect.isclass(thing):
        kind = "autoclass"
        # With members of bases that are the workbench's own and not on this page.
        others = [
            base.__name__
            for base in thing.__mro__[1:]
            if base in page or not base.__module__.startswith("workbench.")
        ]
        options = f"   :members:\n   :inherited-members: {', '.join(others)}\n"
        if issubclass(thing, BaseException):
            kind, options = "autoexception", "   :show-inheritance:\n"
    return f"```{{eval-rst}}\n.. {kind}:: {name}\n{options}```"


def commands_page() -> str:
    """Return what every command prints for ``--help``."""
    before = os.environ.get("COLUMNS")
    os.environ["COLUMNS"] = HELP_COLUMNS  # argparse asks there for its width
    try:
        parser = command_parser()
        parts = ["# Commands", _help(parser)]
        for name, command in _commands(parser):
            parts += [f"## {name}", _help(command)]
    finally:
        del os.environ["COLUMNS"]
        if before is not None:
            os.environ["COLUMNS"] = before
    return "\n\n".join(parts) + "\n"


def _commands(parser: argparse.ArgumentParser) -> Iterator[tuple[str, argparse.ArgumentParser]]:
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            yield from action.choices.items()


def _help(parser: argparse.ArgumentParser) -> str:
    return f"```text\n{parser.format_help()}```"


def settings_page() -> str:
    """Return a table of settings for each class, narrow enough for a page."""
    parts = [
        "# Settings",
        "Every setting of `wb.Conversion` and `wb.Simulation`, with its command-line option; "
        "its control in the workbench has the label that stands here. `snn-workbench settings` "
        "prints the same as one table, and `--json` as JSON.",
    ]
    for kind in (wb.Conversion, wb.Simulation):
        rows = [
            "| Name, option | Label | Values | Default | What it does |",
            "|---|---|---|---|---|",
        ]
        for record in settings_records(kind):
            unit = f", in {record['unit']}" if record["unit"] else ""
            cells = (
                f"`{record['name']}` `{record['flag']}`",
                record["label"],
                f"{record['values']}{unit}",
                f"`{record['default']!r}`",
                record["help"],
            )
            rows.append(_row(*cells))
        parts += [f"## {kind.__name__}", "\n".join(rows)]
    return "\n\n".join(parts) + "\n"


EXPORTS = """\
# Export targets

`wb.export(network, target, path, **options)`, `snn-workbench export` and the page *Export* of the
workbench write these files; [Export to another simulator or chip](../howto/export.md) shows how.
Every export is compared with the simulator when it is written. *Exact* targets give the simulator's
spikes, one by one, or the export is refused; *approximate* ones say how close they come. The
[support matrix](support_matrix.md) says which layers each target has. Every target takes `samples`
and `labels`, too: inputs for the comparison, and for the files to hold.

Other packages can add targets: [Add an export target](../howto/add_a_target.md)."""


def exports_page() -> str:
    """Return what every export target declares: its files, how they are checked, its options."""
    targets = all_targets().by_name.values()
    rows = [
        _row("Target", "Files", "Parity", "What is compared with the simulator", "Refuses"),
        "|---|---|---|---|---|",
    ]
    for target in targets:
        files = ", ".join(f"`NAME{suffix}`" for suffix in target.suffixes)
        codes = [f"`{code}`" for code in CODES if code not in target.abilities.codes]
        refused = [target.refuses, f"the spike codes {', '.join(codes)}" if codes else ""]
        told = "; ".join(filter(None, refused))
        rows.append(_row(f"`{target.name}`", files, target.parity, target.compared, told))
    parts = [EXPORTS, "\n".join(rows)]
    for target in targets:
        parts += [f"## {target.name}", f"{target.title}. {target.about}"]
        if records := settings_records(target.options):
            table = [_row("Option", "Values", "Default", "What it does"), "|---|---|---|---|"]
            for record in records:
                unit = f", in {record['unit']}" if record["unit"] else ""
                name = f"`{record['name']}` `{record['flag']}`"
                default = f"`{record['default']!r}`"
                table.append(_row(name, f"{record['values']}{unit}", default, record["help"]))
            parts.append("\n".join(table))
    return "\n\n".join(parts) + "\n"


def _row(*cells: str) -> str:
    """Return a line of a table of Markdown."""
    return f"| {' | '.join(cell.replace('|', BAR) for cell in cells)} |"


def passes_page() -> str:
    """Return a table of the passes of a conversion; the page that explains them includes it."""
    rows = ["| Pass | What it does | Outputs are kept |", "|---|---|---|"]
    for each in ALL:
        said = (each.does, *_conditions(each))
        text = " ".join(f"{part[0].upper()}{part[1:]}." for part in said).replace("|", BAR)
        rows.append(f"| {each.name} | {text} | {each.outputs} |")
    introduction = (
        "What conversion does to a network before it collects statistics, in this order; "
        "[What conversion does](../explanation/conversion.md) tells the rest."
    )
    return "\n\n".join(["# Passes", introduction, TABLE, "\n".join(rows)]) + "\n"


TABLE = "<!-- table -->"
"""Behind it stands what other pages include."""


def _conditions(each: Pass) -> Iterator[str]:
    """Yield what a pass expects, what it guarantees, and when it runs."""
    if each.expects:
        yield f"expects {each.expects}"
    if each.guarantees:
        yield f"afterwards {each.guarantees}"
    for word, settings in (("only", each.when), ("not", each.unless)):
        for name, value in settings.items():
            yield f"{word} with `{name}={value!r}`"


def pages() -> dict[str, str]:
    """Return the text of every page by its path below docs/reference."""
    check_every_name_has_a_page()
    return {
        "settings.md": settings_page(),
        "exports.md": exports_page(),
        "commands.md": commands_page(),
        "passes.md": passes_page(),
        "accuracy.md": accuracy_page(),
        **{f"api/{name}.md": api_page(*page) for name, page in API.items()},
    }


def write_pages(app: Sphinx) -> None:
    """Write the pages that changed, so that Sphinx reads no others again."""
    folder = Path(app.srcdir) / "reference"
    texts = pages()
    for path, text in texts.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        if not file.exists() or file.read_text("utf-8") != text:
            file.write_text(text, "utf-8")
    for file in (folder / "api").glob("*.md"):
        if f"api/{file.name}" not in texts:
            file.unlink()


def keep_stars(
    app: Sphinx, what: str, name: str, thing: object, options: object, lines: list[str]
) -> None:
    """Escape the stars of shapes such as ``(samples, *input shape)``, which begin no emphasis."""
    text = _STARS.sub(lambda found: found[1] or rf"{found[2]}\*", "\n".join(lines))
    lines[:] = text.split("\n")


_STARS = re.compile(r"(``.*?``|`.*?`)|([(]|,\s+)\*(?=\w)", re.DOTALL)
"""Code, which is left as it is, or a star in a tuple."""


def setup(app: Sphinx) -> dict[str, bool]:
    """Write the pages before Sphinx looks which there are."""
    app.connect("builder-inited", write_pages)
    app.connect("autodoc-process-docstring", keep_stars, priority=400)  # numpydoc has 500
    return {"parallel_read_safe": True, "parallel_write_safe": True}
