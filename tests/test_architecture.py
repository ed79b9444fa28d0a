"""Who may import whom, read from the sources; and what an import brings along."""

from __future__ import annotations

import ast
import functools
import importlib
import subprocess
import sys
from pathlib import Path

import pytest

import workbench
from workbench.network.layer import LAYER_KINDS

PACKAGE = Path(workbench.__file__).parent
SIBLINGS = {"ingest", "conversion", "simulation", "analysis", "exporters"}
LEAVES = {
    "errors",
    "neuron_rules",
    "setting",
    "setting_values",
    "settings",
    "settings_file",
    "settings_reference",
    "spike_codes",
    "util",
}
LOWER = LEAVES | {"network"}

# What each part may import besides itself.
ALLOWED: dict[str, set[str]] = {
    "errors": set(),
    "neuron_rules": set(),
    "spike_codes": set(),
    "util": {"errors"},
    "setting_values": {"errors"},
    "setting": {"errors", "setting_values"},
    "settings": {"errors", "neuron_rules", "setting", "setting_values", "spike_codes"},
    "settings_file": {"errors", "setting", "setting_values", "settings", "util"},
    "settings_reference": {"setting", "settings"},
    "network": LEAVES,
    **dict.fromkeys(SIBLINGS, LOWER),
    "datasets": LEAVES,
    "launch": LEAVES,
    "plot": LOWER,
    "run": LOWER
    | {"analysis", "conversion", "plot", "run_file", "run_forms", "run_report", "run_tables"},
    "run_tables": LOWER | {"analysis"},
    "run_file": LOWER | {"run"},
    "run_forms": {"errors", "run", "spike_codes", "util"},
    "run_report": LOWER | {"analysis", "plot", "run", ""},
    "methods": LOWER | {"analysis", "conversion", "datasets", "simulation"},
    "network_files": LOWER | {"datasets", "ingest"},
    "workflow": LOWER | SIBLINGS | {"datasets", "methods", "network_files", "run"},
    "bench": LOWER | SIBLINGS | {"datasets", "methods", "plot", "workflow"},
    "sweeps": LOWER | {"analysis", "datasets", "methods", "simulation", ""},
    "cli": LOWER
    | SIBLINGS
    | {"bench", "datasets", "doctor", "launch", "methods", "run", "sweeps", "workflow", ""},
    "doctor": LEAVES | {"exporters", "simulation", ""},
    "__main__": {"cli", "util"},
    "ui": LOWER | SIBLINGS | {"datasets", "methods", "plot", "run", "sweeps", "workflow", ""},
    "teaching": LOWER
    | {
        "analysis",
        "datasets",
        "exporters",
        "methods",
        "network_files",
        "plot",
        "run",
        "ui",
        "workflow",
    },
    # only for type checkers
    "": LEAVES
    | {
        "analysis",
        "conversion",
        "datasets",
        "exporters",
        "ingest",
        "methods",
        "network",
        "plot",
        "run",
        "run_file",
        "sweeps",
        "teaching",
        "ui",
        "workflow",
    },
}

# Functions that a later part provides to an earlier one; each is a rule that must not exist twice.
PROVIDED = {
    "network.counts": {"workbench.conversion.rewriting:arranged"},
    "plot.figure": {"workbench.ui.bokeh_pane:BokehPane"},
}

# Modules that define classes of a heavy library, and are themselves imported when first needed.
IMPORTED_LAST = {"ingest.keras_objects"}

# The one place of each heavy or optional library, as a prefix of the module's name.
ADAPTERS = {
    "tensorflow": ("util.tensorflow_import",),
    "keras": ("ingest.keras",),
    "onnx": ("ingest.onnx",),
    "onnxruntime": ("ingest.onnx",),
    "torch": ("ingest.torch",),
    "nir": ("ingest.nir", "exporters.nir"),
    "h5py": ("exporters.loihi", "exporters.nir", "ingest.hdf5", "ingest.keras_hdf5"),
    "jsonschema": ("exporters.loihi",),
    "brian2": ("exporters.brian2",),
    "numba": ("simulation.kernels",),
    "ipywidgets": ("teaching", "ui"),
    "traitlets": ("ui", "launch.viewer"),
    "anywidget": ("ui",),
    "bokeh": ("plot", "teaching", "ui"),
    "IPython": ("ui",),
    "PIL": ("datasets.images", "plot.still", "ui.sample_picture", "ui.stand_in"),
    "lz4": ("datasets.aedat4",),
    "zstandard": ("datasets.aedat4",),
    "xarray": ("run_forms",),
    "neo": ("run_forms",),
    "quantities": ("run_forms",),
    "distributed": ("util.dask_cluster",),
    "pyarrow": ("sweeps.store",),
}


def modules() -> dict[str, Path]:
    """Every module of the package by its dotted name without 'workbench.'."""
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        relative = path.relative_to(PACKAGE)
        if relative.parts[0] == "_shipped":
            continue
        parts = list(relative.with_suffix("").parts)
        if parts[-1] == "__init__":
            parts.pop()
        found[".".join(parts)] = path
    return found


MODULES = modules()


@functools.cache
def parsed(path: Path) -> ast.Module:
    """The syntax tree of a file; read once."""
    return ast.parse(path.read_text("utf-8"))


@functools.cache
def imported(path: Path) -> set[str]:
    """Dotted names of all imports, also those inside functions."""
    names: set[str] = set()
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            base = node.module or ""
            if base == "workbench":
                names.update(f"workbench.{alias.name}" for alias in node.names)
            else:
                names.add(base)
    return names


def part_of(name: str) -> str:
    """First part of a module's name: the stage it belongs to."""
    first = name.split(".")[0]
    return first if first in ALLOWED else ""


def own_imports(path: Path) -> set[str]:
    """Parts of the workbench that a module imports."""
    return {
        part_of(name.removeprefix("workbench").lstrip("."))
        for name in imported(path)
        if name.split(".")[0] == "workbench"
    }


def test_every_part_has_its_place():
    known = set(ALLOWED)
    for name in MODULES:
        assert name.split(".")[0] in known, f"{name} has no place in the architecture"


def test_arrows_point_one_way():
    wrong = {
        f"workbench.{name} imports {other}"
        for name, path in MODULES.items()
        for other in own_imports(path) - ALLOWED[part_of(name)] - {part_of(name)}
    }
    assert not wrong, sorted(wrong)


def provided(path: Path) -> set[str]:
    """Homes of the functions that a module lets later parts provide."""
    return {
        ast.literal_eval(node.args[0])
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("Provided")
    }


def test_functions_of_later_parts_are_known_and_exist():
    found = {name: homes for name, path in MODULES.items() if (homes := provided(path))}
    assert found == PROVIDED
    for homes in found.values():
        for home in homes:
            module, _, name = home.partition(":")
            assert callable(getattr(importlib.import_module(module), name))


def test_kernels_import_each_other_numpy_and_numba_alone():
    for name in (n for n in MODULES if n.startswith("simulation.kernels")):
        others = {
            n for n in imported(MODULES[name]) if not n.startswith("workbench.simulation.kernels.")
        }
        others -= {"workbench.neuron_rules"}  # formulas of integers, and imports nothing
        if name == "simulation.kernels.cached":  # keeps what the kernels are compiled to
            others -= {"workbench.util.atomic_files"}
        roots = {imported_name.split(".")[0] for imported_name in others}
        # llvmlite is the part of numba in which kernels write vectors.
        assert roots - sys.stdlib_module_names <= {"numpy", "numba", "llvmlite"}, name


def test_heavy_libraries_stay_in_their_adapters():
    wrong = {
        f"workbench.{name} imports {library}"
        for name, path in MODULES.items()
        for library in imported(path)
        if not name.startswith(ADAPTERS.get(library.split(".")[0], ""))
    }
    assert not wrong, sorted(wrong)


def test_the_session_knows_no_widgets():
    widgets = ("ipywidgets", "anywidget", "bokeh", "workbench.ui.")
    for name in (n for n in MODULES if n.startswith("ui.session")):
        for other in imported(MODULES[name]):
            inside = other.startswith("workbench.ui.session")
            assert inside or not other.startswith(widgets), f"{name} imports {other}"


def at_import(tree: ast.AST) -> list[ast.stmt]:
    """Statements that run when a module is imported: not inside functions or type checks."""
    found: list[ast.stmt] = []
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
            continue
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            continue
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            found.append(node)
        found += at_import(node)
    return found


IMPORTED_LATE = {
    "tensorflow", "keras", "onnx", "onnxruntime", "torch", "nir", "h5py", "jsonschema", "brian2",
    "xarray", "neo", "distributed", "pyarrow",
}  # fmt: skip


def test_heavy_libraries_are_imported_when_first_needed():
    wrong = set()
    for name, path in MODULES.items():
        if name in IMPORTED_LAST:
            continue
        for node in at_import(parsed(path)):
            brought = (
                [alias.name for alias in node.names]
                if isinstance(node, ast.Import)
                else [node.module or ""]
            )
            early = IMPORTED_LATE & {library.split(".")[0] for library in brought}
            wrong |= {f"workbench.{name} imports {library} at once" for library in early}
    assert not wrong, sorted(wrong)


def test_the_check_would_notice():
    """The reader of imports sees what hides in functions and under other names."""
    code = "def f():\n    import tensorflow as t\nfrom workbench import workflow as w\n"
    tree = ast.parse(code)
    assert len(at_import(tree)) == 1
    path = PACKAGE / "workflow.py"
    assert "conversion" in own_imports(path)
    assert "exporters" in own_imports(path)


def loaded_after(code: str) -> set[str]:
    """Names of all modules that a fresh Python has loaded after some lines."""
    script = f"{code}\nimport sys\nprint(*sys.modules, sep='\\n')"
    result = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=500
    )
    return set(result.stdout.split())


def test_no_function_hides_the_module_of_its_name():
    # `import workbench.a.b as c` gives what `workbench.a` calls b.
    for name in MODULES:
        parent, _, own = f"workbench.{name}".rpartition(".")
        tree = parsed(
            MODULES.get(parent.removeprefix("workbench").lstrip("."), PACKAGE / "__init__.py")
        )
        defined = {
            node.name for node in tree.body if isinstance(node, (ast.FunctionDef, ast.ClassDef))
        }
        brought = {
            (alias.asname or alias.name)
            for node in tree.body
            if isinstance(node, ast.ImportFrom) and node.module != parent
            for alias in node.names
        }
        assert own not in defined | brought, f"{parent}.{own} is a module and something else"


def test_importing_the_package_brings_nothing_heavy():
    loaded = loaded_after("import workbench")
    heavy = ("tensorflow", "keras", "numba", "pandas", "bokeh", "scipy", "numpy", "ipywidgets")
    assert not loaded & set(heavy)


def test_a_bundled_network_runs_without_tensorflow():
    code = (
        "import workbench as wb\n"
        "data = wb.datasets.load('mnist14')\n"
        "net = wb.load('counting')\n"
        "snn = wb.convert(net, data.calibration[:20])\n"
        "run = wb.simulate(snn, data.x_test[:2], wb.Simulation(steps=5))\n"
        "run.accuracy(data.y_test[:2], net), run.operations(), run.rates()\n"
    )
    loaded = loaded_after(code)
    assert "numba" in loaded
    assert not loaded & {"tensorflow", "keras", "brian2", "bokeh", "ipywidgets", "h5py"}


def test_the_command_line_helps_without_anything_heavy():
    code = (
        "import contextlib, io\n"
        "from workbench.cli.main import main\n"
        "with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(SystemExit):\n"
        "    main(['--help'])\n"
    )
    assert not loaded_after(code) & {"tensorflow", "keras", "numba", "pandas", "bokeh"}


@pytest.mark.parametrize("last", sorted(IMPORTED_LAST))
def test_modules_of_heavy_classes_are_imported_when_first_needed(last):
    parent, _, own = last.rpartition(".")
    for name, path in MODULES.items():
        for node in at_import(parsed(path)):
            text = ast.unparse(node)
            assert f"workbench.{last}" not in text, f"workbench.{name} imports {last} at once"
            assert not text.startswith(f"from workbench.{parent} import {own}"), name


BLIND = ("conversion.", *(f"network.{n}" for n in ("projection", "counts", "signs", "graph_edits")))


@pytest.mark.parametrize("name", [n for n in MODULES if n.startswith(BLIND)])
def test_conversion_asks_layers_what_they_do_and_not_what_class_they_are(name):
    """A layer that no other code knows is then right, or refused."""
    importlib.import_module("workbench.network.storage")  # imports all layers
    kinds = {kind for kind, cls in LAYER_KINDS.items() if cls.__module__.startswith("workbench.")}
    assert kinds >= {"Dense", "Take", "MaxPool2D"}
    for node in ast.walk(ast.parse(MODULES[name].read_text("utf-8"))):
        is_test = isinstance(node, (ast.Compare, ast.MatchClass)) or (
            isinstance(node, ast.Call) and ast.unparse(node.func) in ("isinstance", "issubclass")
        )
        named = {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}
        assert not (is_test and named & kinds), f"line {node.lineno}: {ast.unparse(node)}"
