"""Voila with a limit on its viewers, whose kernels end soon after their pages.

Run by `workbench.launch.dashboard` as a program of its own, as it needs Voila.
"""
# Jupyter's managers are synchronous, their servers' coroutines, which mypy takes for a mistake; and
# Voila derives from the class of kernels here, so that what it adds is not seen.
# mypy: disable-error-code="override,attr-defined"

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from typing import Any
from urllib.parse import urlencode

from jupyter_server.services.kernels.connection.channels import ZMQChannelsWebsocketConnection
from jupyter_server.services.kernels.websocket import KernelWebsocketHandler
from tornado.ioloop import IOLoop
from tornado.web import HTTPError, authenticated
from traitlets import Bool

from workbench.launch.dashboards import DashboardPage, dashboards_in
from workbench.launch.viewer_kernels import NOTEBOOK, NoPlace, ViewerKernels

_UNKNOWN_VOILA = (
    "This version of Voila starts kernels in a way that snn-workbench does not know and cannot "
    "limit. Install a version that it was tried with: pip install voila==0.5.13"
)
try:
    from voila.app import Voila
    from voila.handler import BaseVoilaHandler
    from voila.shutdown_kernel_handler import VoilaShutdownKernelHandler
    from voila.static_file_handler import TemplateStaticFileHandler
    from voila.tornado.handler import TornadoVoilaHandler
    from voila.tornado.kernel_websocket_handler import VoilaKernelWebsocketHandler
except ImportError as error:
    raise SystemExit(_UNKNOWN_VOILA) from error

_FOR_LAB_ALONE = ("snn-workbench", "@jupyter-notebook/lab-extension")
"""Extensions that open files, and ask for parts of JupyterLab that a page lacks."""

RETRY_S = 15
"""After so long the page of somebody who found no place asks again."""


class ViewerConnection(ZMQChannelsWebsocketConnection):
    """A page's connection to its kernel, which tells when the page was last heard of."""

    def disconnect(self) -> None:
        """End the connection."""
        super().disconnect()
        heard = self.websocket_handler.last_pong  # 0 before the first
        silence = max(0.0, IOLoop.current().time() - heard) if heard else 0.0
        self.multi_kernel_manager.seen(self.kernel_id, monotonic() - silence)


class ViewerSocket(VoilaKernelWebsocketHandler):
    """The socket of a page's connection."""

    def write_message(self, message: Any, binary: bool = False) -> Any:
        """Send a message.

        A client that chose no protocol is sent bytes of an older form. Voila takes them for the
        newer one, reads a count of some 10^17 from them, and would serve nobody any more.
        """
        if self.selected_subprotocol is None:
            return KernelWebsocketHandler.write_message(self, message, binary)
        return super().write_message(message, binary)


class _KernelsOfPage:
    """The kernels as one page gets them."""

    def __init__(self, kernels: ViewerKernels, page: ViewerPage) -> None:
        self._kernels = kernels
        self._page = page

    def __getattr__(self, name: str) -> Any:
        return getattr(self._kernels, name)

    def get_pool_size(self, notebook: str) -> int:
        return min(self._kernels.ready(notebook), self._kernels.get_pool_size(notebook))

    async def start_kernel(self, **options: Any) -> str:
        kernel_id = await self._kernels.start_kernel(for_page=True, **options)
        self._page.load(kernel_id)
        return kernel_id

    async def get_rendered_notebook(self, notebook_name: str, **options: Any) -> Any:
        self._kernels.handing_over[notebook_name] += 1
        try:
            rendered = await self._kernels.get_rendered_notebook(notebook_name, **options)
            self._kernels.belongs_to_page(rendered[2])
        finally:
            self._kernels.handing_over[notebook_name] -= 1
        self._page.load(rendered[2])
        return rendered


class ViewerPage(TornadoVoilaHandler):
    """A dashboard, or a page that says that it is full."""

    _kernel_id: str | None = None
    _gone = False

    def initialize(self, pages: dict[str, str] | None = None, **options: Any) -> None:
        """Take the notebooks of several pages, by the last part of their address."""
        super().initialize(**options)
        self._pages = pages

    @property
    def kernel_manager(self) -> _KernelsOfPage:
        """The kernels, as this page gets them."""
        return _KernelsOfPage(super().kernel_manager, self)

    @authenticated
    async def get(self, path: str | None = None) -> None:
        """Send the page."""
        if self._pages is not None:
            if path not in self._pages:
                raise HTTPError(404)
            self.notebook_path, path = self._pages[path], None
        try:
            if not path and self.kernel_manager.full:
                raise NoPlace
            await super().get(path)
        except NoPlace:
            self.log.info("All %d places are taken.", self.kernel_manager.max_viewers)
            self.set_status(503)
            self.set_header("Retry-After", str(RETRY_S))
            self.set_header("Cache-Control", "no-store")
            places = self.kernel_manager.max_viewers
            self.finish(self.render_template("full.html", places=places, retry_s=RETRY_S))

    def should_use_rendered_notebook(
        self, notebook_data: Any, pool_size: int, template_name: Any, theme: Any, *rest: Any
    ) -> bool:
        """Whether a spare kernel fits: with any theme, as the page puts that on by itself."""
        fits: bool = super().should_use_rendered_notebook(
            notebook_data, pool_size, template_name, None, *rest
        )
        return fits

    def load(self, kernel_id: str) -> None:
        """Note that this page waits for what its kernel draws."""
        if not self._gone:
            self._kernel_id = kernel_id
            self.kernel_manager.loading.add(kernel_id)

    def on_finish(self) -> None:
        """Note that the page is complete, or closed before it was."""
        super().on_finish()
        self._gone = True
        if self._kernel_id is not None:
            self.kernel_manager.loading.discard(self._kernel_id)

    def on_connection_close(self) -> None:
        """Note that the page is closed."""
        super().on_connection_close()
        self.on_finish()


class ViewerGoodbye(VoilaShutdownKernelHandler):
    """Where pages say that they close."""

    def check_xsrf_cookie(self) -> None:
        """Let it be said without the sign of this site that Voila's pages do not send.

        The kernel's id, which only its page knows, is as hard to guess.
        """

    @authenticated
    async def post(self, kernel_id: str) -> None:
        """End the kernel of a page that is gone."""
        await self.kernel_manager.leave(kernel_id)
        self.set_status(204)
        self.finish()


class IndexPage(BaseVoilaHandler):
    """What there is to look at."""

    def initialize(self, pages: tuple[DashboardPage, ...], **options: Any) -> None:
        """Take the pages that are offered."""
        super().initialize(**options)
        self._pages = pages

    @authenticated
    async def get(self) -> None:
        """Send the page."""
        kept = {
            name: value
            for name in ("theme", "presentation")
            if (value := self.get_query_argument(name, None)) is not None
        }
        query = f"?{urlencode(kept)}" if kept else ""
        self.finish(self.render_template("pages.html", pages=self._pages, query=query))


class TemplateFiles(TemplateStaticFileHandler):
    """Files of templates; Voila fails where an address is none that a template could have."""

    def parse_url_path(self, path: str) -> str:
        """Return the path of a file below a template's folder."""
        with _found():
            return str(super().parse_url_path(path))

    def validate_absolute_path(self, root: str, absolute_path: str) -> str | None:
        """Return the path of a file that exists and may be sent."""
        with _found():
            found: str | None = super().validate_absolute_path(root, absolute_path)
            return found

    @classmethod
    def get_absolute_path(cls, root: str, path: str) -> str:
        """Return where a file would be."""
        with _found():
            return str(super().get_absolute_path(root, path))


@contextmanager
def _found() -> Iterator[None]:
    try:
        yield
    except (AssertionError, ValueError) as error:  # too few parts, other parts, a zero byte
        raise HTTPError(404) from error


class Dashboard(Voila):
    """Voila's application with the classes of this file in place of its own."""

    index = Bool(False, config=True, help="Serve the notebooks of a folder, offered by an index.")

    def init_settings(self) -> dict[str, Any]:
        """Return the settings of the server."""
        self.pages = dashboards_in(Path(self.root_dir)) if self.index else ()
        if self.pages:
            self.notebook_path = str(self.pages[0].path)
        self.voila_configuration.multi_kernel_manager_class = ViewerKernels
        denied = self.voila_configuration.extension_denylist or []
        self.voila_configuration.extension_denylist = [*denied, *_FOR_LAB_ALONE]
        self.kernel_websocket_connection_class = ViewerConnection
        notebooks = [page.path.name for page in self.pages]
        if self.notebook_path and not notebooks:
            notebooks = [Path(self.notebook_path).name]
        size = self.voila_configuration.default_pool_size
        self.config.VoilaKernelManager.kernel_pools_config = {
            name: {"pool_size": size, "kernel_env_variables": {NOTEBOOK: name}}
            for name in notebooks
        }
        settings: dict[str, Any] = super().init_settings()
        kernels = settings["kernel_manager"]
        if not isinstance(kernels, ViewerKernels):
            sys.exit(_UNKNOWN_VOILA)
        if self.voila_configuration.preheat_kernel:
            for name in notebooks[1:]:  # Voila does it for the first
                kernels.fill_if_needed(delay=0, notebook_name=name)
        return settings

    def init_handlers(self) -> list[Any]:
        """Return what the server answers to."""
        ours = {
            TornadoVoilaHandler: ViewerPage,
            VoilaShutdownKernelHandler: ViewerGoodbye,
            VoilaKernelWebsocketHandler: ViewerSocket,
            TemplateStaticFileHandler: TemplateFiles,
        }
        handlers = [
            tuple(ours.get(part, part) if isinstance(part, type) else part for part in handler)
            for handler in super().init_handlers()
        ]
        if not set(ours.values()) <= {handler[1] for handler in handlers}:
            sys.exit(_UNKNOWN_VOILA)
        if self.index:
            route: Any = handlers.pop()
            everything, page, options = route
            pages = {each.name: each.path.name for each in self.pages}
            root = everything.removesuffix("(.*)")
            handlers += [
                (f"{root}pages/(.*)", page, {**options, "pages": pages}),
                (root, IndexPage, {
                    "pages": self.pages, "voila_configuration": self.voila_configuration,
                }),
            ]  # fmt: skip
        return handlers


if __name__ == "__main__":
    Dashboard.launch_instance()
