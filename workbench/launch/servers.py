"""The two servers: JupyterLab for working, Voila for showing.

Both listen on this machine alone unless told otherwise, with the Python that runs this code as
their kernel.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import socket
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from workbench.errors import WorkbenchError
from workbench.launch.access import (
    AUTO,
    check_host,
    is_loopback,
    lab_token,
    token_of,
    viewers_limit,
)
from workbench.launch.copies import copy_notebooks
from workbench.launch.dashboards import (
    COURSE,
    PAGES,
    PICTURES_FOLDER,
    dashboards_in,
    find_dashboard,
)
from workbench.launch.forking import forked_kernels
from workbench.launch.serving import TEMPLATE, serve
from workbench.util.capabilities import DASHBOARD, UPLOAD_LIMIT
from workbench.util.package_data import notebooks_folder

LOCALHOST = "127.0.0.1"
LAB_NOTEBOOK = "workbench.ipynb"
COURSE_NOTEBOOK = "01_one_neuron.ipynb"
FOR_TEACHERS = ("solutions", "teacher", PAGES)
"""Folders of the course that students do not get."""

_OVERVIEW = "README.md"
"""For readers of the sources; a person's own folder has one of its own."""

DASHBOARD_NOTEBOOK = "dashboard.ipynb"

_IDENTITY = "jupyter_server.auth.identity.PasswordIdentityProvider"
"""Jupyter's own, which takes a token or a password."""

# Uploads travel through the kernel's websocket, whose 10 MB by default drop a larger file silently.
_SOCKETS = {"websocket_max_message_size": 1024**3}

# Our own upload comes in parts, so that no viewer needs to fill the memory with one message. A page
# that crashed or lost the network is told by the answers that do not come: it is asked every 5 s,
# and its connection closed after 30 s. Its kernel ends 45 s after the last answer.
_VIEWERS_SOCKETS = {
    "websocket_max_message_size": 16 * 1024**2,
    "ws_ping_interval": 5_000,
    "ws_ping_timeout": 30_000,
}
ABSENCE_S, _CULL_INTERVAL_S = 45, 5


def lab(
    folder: str | os.PathLike[str] | None = None,
    *,
    port: int | None = None,
    host: str = LOCALHOST,
    browser: bool = True,
    course: bool = False,
    solutions: bool = False,
    notify: Callable[[str], None] | None = None,
) -> int:
    """Run JupyterLab on the workbench notebooks until it is stopped.

    Parameters
    ----------
    folder : path, optional
        Where to work; the notebooks are copied there. The current folder by default.
    port : int, optional
        A free port. By default 8888 or the next free one.
    host : str
        Address to listen on, such as "0.0.0.0" in a container. Where other machines reach it,
        JupyterLab asks everybody for a token, even if your settings of Jupyter switch that off:
        the one in JUPYTER_TOKEN or in the file JUPYTER_TOKEN_FILE, else a new one, told with the
        address. It is handed over in a file that only this account reads.
    browser : bool
        Open a browser.
    course : bool
        Bring the notebooks of the course instead, and open the first of them.
    solutions : bool
        With the course, bring what is for teachers, too: solutions, notes, and the pages for a
        classroom.
    notify : callable, optional
        Receives one line when the folder was made, one when notebooks that a person changed were
        left as they are, and one with a new token, which is printed otherwise.

    Returns
    -------
    int
        The server's exit code.

    Raises
    ------
    WorkbenchError
        When the folder cannot be written to or made, the port is taken, or JupyterLab is missing.
    """
    _require("jupyterlab", "JupyterLab")
    _require_free(port, host)
    root = Path(folder or ".").expanduser().resolve()
    if not root.parent.is_dir():
        raise WorkbenchError(
            f"The folder {root} cannot be created: there is no folder {root.parent}. "
            "Check the spelling, or create that folder first."
        )
    new = not root.exists()
    shipped = notebooks_folder()
    if course:
        copies = copy_notebooks(shipped / COURSE, root, without=() if solutions else FOR_TEACHERS)
    else:
        copies = copy_notebooks(shipped, root, without=(COURSE, _OVERVIEW))
    notices = [f"Created the folder {root}."] if new else []
    for line in (*notices, copies.notice):
        if line and notify is not None:
            notify(line)
    first = COURSE_NOTEBOOK if course else LAB_NOTEBOOK
    command = lab_command(root, port=port, host=host, browser=browser, notebook=first)
    if is_loopback(host):
        return serve(command, cwd=root)
    token, is_new = lab_token()
    if is_new:
        place = f"[{host}]" if ":" in host else host or socket.gethostname()
        line = f"JupyterLab asks for a token: http://{place}:{port or 8888}/lab?token={token}"
        (notify or print)(line if port else f"{line} (or the next free port, as it tells)")
    return serve(command, cwd=root, lab=_lab_settings(token))


def _lab_settings(token: str) -> dict[str, object]:
    """Settings by which JupyterLab asks for a token; of all classes, as a subclass's wins."""
    classes = ("IdentityProvider", "PasswordIdentityProvider", "LegacyIdentityProvider")
    return {
        "ServerApp": {"identity_provider_class": _IDENTITY},
        **{name: {"token": token} for name in classes},
    }


def lab_command(
    root: Path,
    *,
    port: int | None,
    browser: bool,
    host: str = LOCALHOST,
    notebook: str = LAB_NOTEBOOK,
) -> list[str]:
    """Return the command that runs JupyterLab over `root` with a notebook open."""
    command = [
        *(sys.executable, "-m", "jupyterlab"),
        f"--ServerApp.ip={host}",
        f"--ServerApp.root_dir={root}",
        f"--LabApp.default_url=/lab/tree/{notebook}",
        f"--ServerApp.tornado_settings={_SOCKETS}",
    ]
    if port is not None:
        command += [f"--ServerApp.port={port}", "--ServerApp.port_retries=0"]
    return command + _common(browser=browser, root_flag=True)


def dashboard(
    notebook: str | os.PathLike[str] = DASHBOARD_NOTEBOOK,
    *,
    port: int | None = None,
    host: str = LOCALHOST,
    public: bool = False,
    browser: bool = True,
    token: str | None = None,
    token_file: str | os.PathLike[str] | None = None,
    lava_python: str | None = None,
    max_upload_mb: int | None = None,
    max_viewers: int | None = None,
    theme: str = "light",
    preheated: int = 1,
    absence_s: int = ABSENCE_S,
) -> int:
    """Run Voila on a dashboard notebook, or on several, until it is stopped.

    Parameters
    ----------
    notebook : path
        A notebook of your own, or the name of a shipped one, such as "demo_draw". Of a folder, all
        notebooks are served, and an index page offers them.
    port : int, optional
        A free port; 8866 by default.
    host : str
        Address to listen on; one that other machines reach needs a token, or `public`.
    public : bool
        Whether everybody who reaches the address may use the dashboard.
    browser : bool
        Open a browser.
    token : str, optional
        What viewers must give; "auto" makes one up and prints the address that has it. Without
        one, everybody with an account on this machine can open the dashboard. It is handed to
        Voila in a file that only this account reads, not in its command line.
    token_file : path, optional
        A file with the token. Without both, the environment variable SNN_WORKBENCH_TOKEN.
    lava_python : str, optional
        The Python in which exports for Loihi are checked. Viewers choose no program.
    max_upload_mb : int, optional
        Size of the largest file that viewers may upload; 200 by default.
    max_viewers : int, optional
        Number of kernels, of which each open page has one; further viewers see a page that asks
        again by itself. By default as many as the free memory and the cores allow.
    theme : str
        "light" or "dark".
    preheated : int
        Kernels that have run a notebook before a viewer comes, who then waits half as long, for
        each notebook. They count as viewers, and take as much memory. 0 for none.
    absence_s : int
        Seconds after which the kernel of a page ends that is closed or has lost its connection. A
        page that is open keeps its kernel, however long nobody uses it.

    Returns
    -------
    int
        The server's exit code.

    Raises
    ------
    WorkbenchError
        When the notebook does not exist, or the folder has none, the port is taken, Voila is
        missing, a number is below 1, or others could reach the dashboard without a token.
    """
    _require("voila", "Voila")
    token = token_of(token, token_file)
    check_host(host, token=token, public=public)
    port = 8866 if port is None else port
    _require_free(port, host)
    settings = {
        DASHBOARD: "1",
        "LAVA_PYTHON": lava_python,
        UPLOAD_LIMIT: None if max_upload_mb is None else str(max_upload_mb),
    }
    variables = {name: value for name, value in settings.items() if value is not None}
    with _served(find_dashboard(Path(notebook))) as path, forked_kernels(variables) as kernel:
        command = dashboard_command(
            path,
            host=host,
            port=port,
            browser=browser,
            auto_token=token == AUTO,
            theme=theme,
            max_viewers=viewers_limit(max_viewers),
            preheated=preheated,
            absence_s=absence_s,
        )
        secret = {} if token in (None, AUTO) else {"Voila": {"token": token}}
        return serve(
            command,
            cwd=path if path.is_dir() else path.parent,
            variables=variables,
            voila=secret,
            kernel=kernel,
        )


def dashboard_command(
    notebook: Path,
    *,
    host: str,
    port: int,
    browser: bool,
    auto_token: bool,
    theme: str,
    max_viewers: int,
    preheated: int,
    absence_s: int,
) -> list[str]:
    """Return the command that runs Voila on a notebook or a folder; see `dashboard`."""
    command = [
        *(sys.executable, "-m", "workbench.launch.viewers", str(notebook)),
        f"--Voila.ip={host}",
        f"--port={port}",
        "--Voila.port_retries=0",
        f"--template={TEMPLATE}",
        f"--theme={theme}",
        "--VoilaConfiguration.strip_sources=True",
        "--VoilaConfiguration.show_tracebacks=False",
        f"--Voila.tornado_settings={_VIEWERS_SOCKETS}",
        "--VoilaConfiguration.allow_template_override=NOTEBOOK",
        f"--ViewerKernels.max_viewers={max_viewers}",
        f"--MappingKernelManager.cull_interval={_CULL_INTERVAL_S}",
        f"--MappingKernelManager.cull_idle_timeout={absence_s}",
    ]
    if preheated:
        command += ["--preheat_kernel=True", f"--pool_size={min(preheated, max_viewers)}"]
    if notebook.is_dir():
        command.append("--Dashboard.index=True")
    if auto_token:
        command.append("--Voila.auto_token=True")
    return command + _common(browser=browser, root_flag=False)


def _common(*, browser: bool, root_flag: bool) -> list[str]:
    options = [] if browser else ["--no-browser"]
    # Containers run as root, where JupyterLab refuses to start without being told.
    if root_flag and getattr(os, "geteuid", lambda: 1)() == 0:
        options.append("--allow-root")
    return options


@contextmanager
def _served(notebook: Path) -> Iterator[Path]:
    """Yield the notebook or the folder to serve: of what is shipped a copy, as kernels work there.

    What a dashboard writes would otherwise lie in the installed package.
    """
    several = notebook.is_dir()
    pages = [page.path for page in dashboards_in(notebook)] if several else [notebook]
    place = notebook if several else notebook.parent
    if not place.is_relative_to(notebooks_folder()):
        yield notebook
        return
    with tempfile.TemporaryDirectory(prefix="snn-workbench-dashboard-") as name:
        folder = Path(name)
        for page in pages:
            shutil.copy(page, folder)
        if several and (place / PICTURES_FOLDER).is_dir():
            shutil.copytree(place / PICTURES_FOLDER, folder / PICTURES_FOLDER)
        yield folder if several else folder / notebook.name


def _require(module: str, name: str) -> None:
    if importlib.util.find_spec(module) is None:
        raise WorkbenchError(
            f"{name} is not installed for {sys.executable}. "
            f"Install it: {sys.executable} -m pip install {module}"
        )


def _require_free(port: int | None, host: str = LOCALHOST) -> None:
    if port is None:
        return
    if not 0 < port < 65536:
        raise WorkbenchError(f"The port is {port}; supported: 1 to 65535.")
    try:
        family, *_, address = socket.getaddrinfo(host or None, port, flags=socket.AI_PASSIVE)[0]
    except (OSError, UnicodeError) as error:
        raise WorkbenchError(
            f"The host is {host!r}, which is not an address of this machine: {error}."
        ) from error
    with socket.socket(family) as probe:
        # As the servers do: a port whose last connections still linger is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(address)
        except OSError as error:
            raise WorkbenchError(
                f"Port {port} cannot be used: {error.strerror or error}. Choose another."
            ) from error
