"""Servers and pages for the browser tests: started on free ports, checked, and put away."""

from __future__ import annotations

import json
import os
import re
import secrets
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, field
from http.client import HTTPException
from pathlib import Path
from typing import Any

import psutil
import pytest
from playwright.sync_api import ConsoleMessage, Page, Request, expect
from playwright.sync_api import Error as PlaywrightError
from ports import free_port

HERE = Path(__file__).parent
NOTEBOOKS = HERE / "notebooks"
EXTENSIONS = HERE.parents[1] / "extensions"
SHARED = {
    EXTENSIONS / "voila": "voila/templates",
    EXTENSIONS / "jupyterlab" / "labextension": "labextensions/snn-workbench",
}
"""What the wheel installs below `share/jupyter`, by where it lies in a checkout."""

PATIENCE_S = 180
"""So long a test waits for what must happen: on a busy machine a kernel starts in a minute, and a
quiet one does not wait. Pages and `expect` have it for their default."""

NO_NEWS = {"@jupyterlab/apputils-extension:announcements": True}

CHROMIUM_OPTIONS = [
    "--no-sandbox",  # the tests also run as root in containers
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

# Console errors that are not ours and that no setting of a server avoids, each with its reason.
HARMLESS_CONSOLE_ERRORS: tuple[tuple[str, str], ...] = ()


def chromium_path() -> str:
    """Return the system's Chromium, or skip the test; in CI a missing browser is a failure."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if path := shutil.which(name):
            return path
    reason = "no chromium, chromium-browser or google-chrome on the PATH"
    if os.environ.get("CI", "").lower() in ("true", "1"):
        pytest.fail(reason)
    pytest.skip(reason)


def screenshot_folder() -> Path:
    """Return where screenshots go: `$SNN_WORKBENCH_SCREENSHOTS`, or a git-ignored folder."""
    folder = Path(os.environ.get("SNN_WORKBENCH_SCREENSHOTS") or HERE / "screenshots")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def server_environment(folder: Path) -> dict[str, str]:
    """Return an environment in which Jupyter neither reads nor writes the user's own folders."""
    own = {
        "JUPYTER_CONFIG_DIR": "config",
        "JUPYTER_RUNTIME_DIR": "runtime",
        "JUPYTER_DATA_DIR": "data",
        "JUPYTERLAB_SETTINGS_DIR": "lab-settings",
        "JUPYTERLAB_WORKSPACES_DIR": "lab-workspaces",
        "IPYTHONDIR": "ipython",
    }
    environment = {name: str(folder / path) for name, path in own.items()}
    path = folder / "path"
    if not path.exists():
        for source, shared in SHARED.items():
            shutil.copytree(source, path / shared)
        # The question about news would cover the page, and asks the network.
        settings = folder / "config" / "labconfig"
        settings.mkdir(parents=True)
        (settings / "page_config.json").write_text(json.dumps({"disabledExtensions": NO_NEWS}))
    root = str(HERE.parents[1])
    paths = [root, *filter(None, [os.environ.get("PYTHONPATH")])]
    return {
        **os.environ,
        **environment,
        "JUPYTER_PATH": str(path),
        "JUPYTER_PREFER_ENV_PATH": "1",
        "PYTHONPATH": os.pathsep.join(paths),
    }


@contextmanager
def running(
    command: list[str], *, ready_url: str, folder: Path
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a server until the block ends; its whole process group goes, kernels included.

    Parameters
    ----------
    command : list of str
        The program and its arguments.
    ready_url : str
        Asked until it answers.
    folder : Path
        For the server's own Jupyter folders and its log, `server.log`.
    """
    log = folder / "server.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=server_environment(folder),
            cwd=folder,
            start_new_session=True,
        )
    try:
        _wait_for(ready_url, process, log)
        yield process
    finally:
        _stop(process)


def _wait_for(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while True:
        try:
            with urllib.request.urlopen(url, timeout=10):
                return
        except (OSError, HTTPException) as error:
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"{url}: {error}\n{log.read_text()[-4000:]}") from error
        time.sleep(0.1)


def _stop(process: subprocess.Popen[bytes]) -> None:
    for number, wait_s in ((signal.SIGTERM, 30), (signal.SIGKILL, PATIENCE_S)):
        try:
            os.killpg(process.pid, number)
            process.wait(wait_s)
        except ProcessLookupError:
            return
        except subprocess.TimeoutExpired:
            continue
    # Kernels outlive a server that was told to end while it started them.


@dataclass
class Server:
    """A running JupyterLab or Voila."""

    url: str
    folder: Path
    root: Path
    token: str = ""

    @property
    def log(self) -> str:
        """What the server has written so far."""
        return (self.folder / "server.log").read_text()

    def sessions(self) -> list[dict[str, Any]]:
        """Return the sessions of kernels that there are."""
        found: list[dict[str, Any]] = json.loads(self._ask("GET", "/api/sessions"))
        return found

    def end_sessions(self) -> None:
        """Shut every kernel down that the tests so far have left."""
        deadline = time.monotonic() + PATIENCE_S
        while sessions := self.sessions():
            assert time.monotonic() < deadline, sessions
            for session in sessions:
                # Refused of one that has ended by itself, or is just being restarted.
                with suppress(urllib.error.HTTPError):
                    self._ask("DELETE", f"/api/sessions/{session['id']}")

    def forget_settings(self) -> None:
        """Let go of what a test has chosen, as a dark theme: the next begins as a new user."""
        shutil.rmtree(self.folder / "lab-settings", ignore_errors=True)

    def _ask(self, method: str, path: str) -> bytes:
        headers = {"Authorization": f"token {self.token}"}
        request = urllib.request.Request(self.url + path, method=method, headers=headers)
        with urllib.request.urlopen(request, timeout=PATIENCE_S) as answer:
            return bytes(answer.read())


@contextmanager
def _jupyter(module: str, application: str, folder: Path, root: Path) -> Iterator[Server]:
    """Run one of Jupyter's applications over the notebooks in `root`."""
    port, token = free_port(), secrets.token_hex(8)
    command = [
        sys.executable, "-m", module, "--no-browser", "--allow-root",
        f"--ServerApp.port={port}",
        "--ServerApp.port_retries=0",
        f"--IdentityProvider.token={token}",
        f"--ServerApp.root_dir={root}",
        f"--{application}.expose_app_in_browser=True",
    ]  # fmt: skip
    url = f"http://127.0.0.1:{port}"
    with running(command, ready_url=f"{url}/api", folder=folder):
        yield Server(url, folder, root, token)


def lab_server(folder: Path, *, root: Path) -> AbstractContextManager[Server]:
    """Run JupyterLab over the notebooks in `root`."""
    return _jupyter("jupyterlab", "LabApp", folder, root)


def notebook_server(folder: Path, *, root: Path) -> AbstractContextManager[Server]:
    """Run Notebook 7 over the notebooks in `root`."""
    return _jupyter("notebook", "JupyterNotebookApp", folder, root)


@contextmanager
def dashboards(folder: Path, which: str) -> Iterator[str]:
    """Serve dashboards as the command does with an option; gives the address of their index."""
    port = free_port()
    start = "from workbench.cli.main import main; raise SystemExit(main())"
    options = [which, "--no-browser", "--port", str(port), "--max-viewers", "6"]
    url = f"http://127.0.0.1:{port}/"
    command = [sys.executable, "-c", start, "dashboard", *options]
    with running(command, ready_url=url, folder=folder):
        yield url


@contextmanager
def voila_server(folder: Path, *, root: Path, template: str = "snn-workbench") -> Iterator[Server]:
    """Run the dashboard's Voila over the notebooks in `root`: `/voila/render/<name>` shows one."""
    port = free_port()
    command = [
        sys.executable, "-m", "workbench.launch.viewers", str(root), "--no-browser",
        "--ViewerKernels.max_viewers=40",
        "--MappingKernelManager.cull_interval=5",
        "--MappingKernelManager.cull_idle_timeout=120",
        f"--port={port}",
        "--Voila.ip=127.0.0.1",
        f"--template={template}",
        "--show_tracebacks=True",
    ]  # fmt: skip
    url = f"http://127.0.0.1:{port}"
    with running(command, ready_url=f"{url}/voila/static/voila.js", folder=folder):
        yield Server(url, folder, root)


@dataclass
class Problems:
    """What went wrong on a page that no assertion of a test looks at."""

    found: list[str] = field(default_factory=list)

    def watch(self, page: Page) -> None:
        """Note page errors, console errors and requests to anything but this machine."""
        page.on("pageerror", lambda error: self.found.append(f"page error: {error.stack or error}"))
        page.on("console", self._console)
        page.on("request", self._request)

    def check(self) -> None:
        """Fail when anything was noted."""
        assert not self.found, "\n".join(self.found)

    def allow(self, pattern: str) -> None:
        """Forget what matches; for tests that provoke an error."""
        self.found = [problem for problem in self.found if not re.search(pattern, problem)]

    def _console(self, message: ConsoleMessage) -> None:
        if message.type != "error":
            return
        where = message.location.get("url", "")
        text = f"console error: {message.text} ({where})"
        if not any(re.search(pattern, text) for pattern, _reason in HARMLESS_CONSOLE_ERRORS):
            self.found.append(text)

    def _request(self, request: Request) -> None:
        if not request.url.startswith(("http://127.0.0.1", "ws://127.0.0.1", "data:", "blob:")):
            self.found.append(f"outside request: {request.url}")


def open_in_lab(page: Page, server: Server, notebook: str) -> str:
    """Open a copy of a notebook, run all its cells, and return the copy's name.

    A copy each time: JupyterLab gives one notebook one kernel, and the tests are to be strangers.
    """
    copy = f"{Path(notebook).stem}-{secrets.token_hex(3)}.ipynb"
    shutil.copy(server.root / notebook, server.root / copy)
    page.goto(f"{server.url}/lab/tree/{copy}?reset&token={server.token}")
    wait_for_kernel(page)
    page.evaluate("window.jupyterapp.commands.execute('notebook:run-all-cells')")
    return copy


def save_in_lab(page: Page) -> None:
    """Save the notebook that is in front: only saved outputs are there after a reload."""
    page.evaluate("window.jupyterapp.commands.execute('docmanager:save')")
    page.wait_for_function("!window.jupyterapp.shell.currentWidget.context.model.dirty")


def reopen_in_lab(page: Page, server: Server, notebook: str) -> None:
    """Load the page of an open notebook afresh; its kernel lives on."""
    page.goto(f"{server.url}/lab/tree/{notebook}")
    wait_for_kernel(page)


def wait_for_kernel(page: Page) -> None:
    """Wait until the notebook that is in front is read and has a connected kernel."""
    page.wait_for_function(
        """() => {
            const panel = window.jupyterapp?.shell?.currentWidget;
            const kernel = panel?.sessionContext?.session?.kernel;
            return panel?.context?.isReady && kernel?.connectionStatus === "connected";
        }"""
    )


def set_theme(page: Page, name: str) -> None:
    """Give JupyterLab another theme."""
    page.evaluate(
        "(theme) => window.jupyterapp.commands.execute('apputils:change-theme', { theme })",
        f"JupyterLab {name}",
    )
    page.wait_for_function(
        "(light) => document.body.dataset.jpThemeLight === light", arg=str(name == "Light").lower()
    )
    # JupyterLab stumbles over its own splash screen where the next change comes before it is gone.
    page.wait_for_function("document.getElementById('jupyterlab-splash') === null")


def wait_until(page: Page, holds: Callable[[], bool]) -> None:
    """Wait for what no locator tells; the page's events are handled meanwhile.

    What `holds` reads may be away for a moment, as the canvas of a plot that is drawn anew: it
    fails then, and is asked again.
    """
    deadline = time.monotonic() + PATIENCE_S
    while True:
        reason = "it does not hold"
        try:
            if holds():
                return
        except (AssertionError, PlaywrightError) as error:
            reason = str(error)
        assert time.monotonic() < deadline, f"waited {PATIENCE_S} s in vain: {reason}"
        page.wait_for_timeout(100)


def kill_kernel(kernel: str) -> None:
    """End a kernel's process as the system does when memory runs out."""
    file_name = f"kernel-{kernel}.json"
    for process in psutil.process_iter(["cmdline"]):
        if any(part.endswith(file_name) for part in process.info["cmdline"] or ()):
            with suppress(psutil.NoSuchProcess):  # A fork's end is the end of what started it.
                process.kill()


def open_in_voila(page: Page, server: Server, notebook: str) -> None:
    """Open a dashboard and wait until its cells are shown."""
    page.goto(f"{server.url}/voila/render/{notebook}")
    expect(page.locator("#rendered_cells")).to_be_visible()
