"""Running a Jupyter server that finds the kernel, the template and the settings of this Python."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType

from workbench.launch.access import LAB_TOKEN, environment_without_token
from workbench.launch.forking import OWN_KERNEL

TEMPLATE = "snn-workbench"
"""Of Voila, for dashboards."""

_EXTENSIONS = Path(__file__).resolve().parents[2] / "extensions"
_CHECKOUT = {
    _EXTENSIONS / "voila" / TEMPLATE: Path("voila", "templates", TEMPLATE),
    _EXTENSIONS / "jupyterlab" / "labextension": Path("labextensions", "snn-workbench"),
}
"""What an installation has below `share/jupyter`, by where a source checkout has it."""

# JupyterLab asks each new user about news, over the plots, and would then ask the network.
_LAB_PAGE = {"disabledExtensions": {"@jupyterlab/apputils-extension:announcements": True}}

_LAB_FILES = ("jupyter_server_config.json", "jupyter_lab_config.json")
"""A setting in either counts, and that of the second wins."""

_KERNEL = {
    "argv": OWN_KERNEL,
    "display_name": "Python 3 (snn-workbench)",
    "language": "python",
    "metadata": {"debugger": True},
}


def serve(
    command: list[str],
    *,
    cwd: Path,
    variables: Mapping[str, str] = MappingProxyType({}),
    voila: Mapping[str, object] = MappingProxyType({}),
    lab: Mapping[str, object] = MappingProxyType({}),
    kernel: Mapping[str, object] = MappingProxyType({}),
) -> int:
    """Run a Jupyter server until it ends, and return its exit code.

    Parameters
    ----------
    command : list of str
        A Python and its arguments.
    cwd : Path
        Where it runs.
    variables, voila, lab, kernel : mapping
        As of `server_environment`.
    """
    with server_environment(variables, voila, lab, kernel) as environment:
        # A folder from somebody else may hold a file with the name of a module that the server
        # imports. Kernels do import what lies beside their notebooks.
        python, *arguments = command
        process = subprocess.Popen([python, "-P", *arguments], env=environment, cwd=cwd)
        with _signals_left_to(process):
            return process.wait()


@contextmanager
def server_environment(
    variables: Mapping[str, str] = MappingProxyType({}),
    voila: Mapping[str, object] = MappingProxyType({}),
    lab: Mapping[str, object] = MappingProxyType({}),
    kernel: Mapping[str, object] = MappingProxyType({}),
) -> Iterator[dict[str, str]]:
    """Yield environment variables by which a Jupyter server finds what belongs to this Python.

    Parameters
    ----------
    variables : mapping of str to str
        More environment variables, which kernels see, too.
    voila : mapping
        Settings that Voila reads from a file in a folder that nobody else may open.
    lab : mapping
        Settings that JupyterLab reads from such files, before a person's own.
    kernel : mapping
        What is to be another in the specification of kernels, as "argv".

    Notes
    -----
    A kernel spec of the name "python3" in a person's own folders may start another Python,
    which lacks this package, so a spec of ours comes first on Jupyter's path. A source checkout
    is not installed under `sys.prefix`, so its Voila template and its extension of JupyterLab are
    put on the path too.
    """
    with tempfile.TemporaryDirectory(prefix="snn-workbench-") as name:
        folder = Path(name)
        _write_json(folder / "data" / "kernels" / "python3" / "kernel.json", {**_KERNEL, **kernel})
        _write_json(folder / "config" / "labconfig" / "page_config.json", _LAB_PAGE)
        if voila:
            _write_json(folder / "config" / "voila.json", dict(voila))
        for file in _LAB_FILES if lab else ():
            _write_json(folder / "config" / file, dict(lab))
        for checkout, shared in _CHECKOUT.items():
            if checkout.is_dir():
                shutil.copytree(checkout, folder / "data" / shared, copy_function=shutil.copyfile)
        environment = {
            **environment_without_token(),
            **variables,
            "JUPYTER_PATH": _in_front("JUPYTER_PATH", folder / "data"),
            "JUPYTER_CONFIG_PATH": _in_front("JUPYTER_CONFIG_PATH", folder / "config"),
        }
        for name in LAB_TOKEN if lab else ():
            environment.pop(name, None)
        # With it Jupyter would not read our settings either, of which one is the token.
        if environment.pop("JUPYTER_NO_CONFIG", ""):
            environment["JUPYTER_CONFIG_DIR"] = str(folder / "config")
        yield environment


def _write_json(path: Path, content: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content), encoding="utf-8")


def _in_front(variable: str, folder: Path) -> str:
    return os.pathsep.join(filter(None, [str(folder), os.environ.get(variable)]))


@contextmanager
def _signals_left_to(process: subprocess.Popen[bytes]) -> Iterator[None]:
    """Let the server end by itself, kernels first.

    Ctrl-C reaches it without our help, and JupyterLab asks whether it is meant: to die of it
    here would leave the server without a terminal. A request to end is handed on.
    """

    def hand_on(number: int, _frame: object) -> None:
        process.send_signal(number)

    before = {}
    try:
        before[signal.SIGINT] = signal.signal(signal.SIGINT, signal.SIG_IGN)
        before[signal.SIGTERM] = signal.signal(signal.SIGTERM, hand_on)
    except ValueError:  # not on the main thread, where no signal arrives
        pass
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
