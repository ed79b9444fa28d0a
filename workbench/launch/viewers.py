"""Voila with a limit on its viewers, whose kernels end soon after their pages.

Run by `workbench.launch.dashboard` as a program of its own, as it needs Voila.
"""
# Jupyter's managers are synchronous, their servers' coroutines, which mypy takes for a mistake; and
# Voila derives from the class of kernels here, so that what it adds is not seen.
# mypy: disable-error-code="override,attr-defined"

from __future__ import annotations

import asyncio
import shutil
import sys
import tempfile
from time import monotonic
from typing import Any

from jupyter_server.services.kernels.connection.channels import ZMQChannelsWebsocketConnection
from jupyter_server.services.kernels.kernelmanager import AsyncMappingKernelManager
from jupyter_server.services.kernels.websocket import KernelWebsocketHandler
from tornado.ioloop import IOLoop
from tornado.web import authenticated
from traitlets import Integer

_UNKNOWN_VOILA = (
    "This version of Voila starts kernels in a way that snn-workbench does not know and cannot "
    "limit. Install a version that it was tried with: pip install voila==0.5.13"
)
try:
    from voila.app import Voila
    from voila.shutdown_kernel_handler import VoilaShutdownKernelHandler
    from voila.tornado.handler import TornadoVoilaHandler
    from voila.tornado.kernel_websocket_handler import VoilaKernelWebsocketHandler
except ImportError as error:
    raise SystemExit(_UNKNOWN_VOILA) from error

RETRY_S = 15
"""After so long the page of somebody who found no place asks again."""

FIRST_S = 180
"""So long a page has to connect to its kernel at first: slow devices and lines load it slowly."""

GOODBYE_S = 5
"""So long a page that says that it closes has to do it."""


class NoPlace(Exception):
    """Each place is taken by an open page."""


class ViewerKernels(AsyncMappingKernelManager):
    """At most so many kernels as there are places, whoever asks for one.

    A kernel belongs to a page, or is a spare one: Voila starts those ahead, and they have run the
    notebook when a page comes. A place is taken before its kernel starts and free once its process
    has ended.
    """

    max_viewers = Integer(1, min=1, config=True, help="Number of places.")

    def __init__(self, **options: Any) -> None:
        self.handing_over = 0  # pages that were promised a spare kernel
        self.loading: set[str] = set()  # kernels whose page is on its way to an open connection
        self._pages_waiting = 0
        self._closed = False
        self._changed = asyncio.Event()
        self._starting: dict[str, bool] = {}  # whether for a page
        self._spare: set[str] = set()
        self._ending: set[str] = set()
        self._leaving: set[str] = set()
        self._met: set[str] = set()  # kernels that a page has been connected to
        self._last_seen: dict[str, float] = {}
        self._folders: dict[str, str] = {}
        super().__init__(**options)

    @property
    def taken(self) -> int:
        """Number of places that are taken."""
        return len({*self._starting, *self.list_kernel_ids()})

    @property
    def ready(self) -> int:
        """Number of spare kernels that nobody was promised, also of those that are starting."""
        starting = sum(not for_page for for_page in self._starting.values())
        return len(self._spare - self._ending) + starting - self.handing_over

    @property
    def full(self) -> bool:
        """Whether another page would find no place, nor one that is about to be free."""
        return self.taken >= self.max_viewers and not self._soon_free and self.ready <= 0

    @property
    def _soon_free(self) -> set[str]:
        return self._ending | self._leaving

    async def start_kernel(self, *, for_page: bool = False, **options: Any) -> str:
        """Start a kernel when it has a place.

        A spare one waits for it. A page does not: spare kernels give way to it, and it waits for
        those alone that are ending, as its own does when it is reloaded.

        Raises
        ------
        NoPlace
            If all places are taken by pages.
        """
        kernel_id: str = options.setdefault("kernel_id", self.new_kernel_id())
        await self._take_place(kernel_id, for_page)
        try:
            if "env" in options:  # What a kernel that is killed leaves there is deleted, too.
                folder = self._folders[kernel_id] = tempfile.mkdtemp(prefix="snn-workbench-viewer-")
                options["env"] = {**options["env"], "TMPDIR": folder}
            await super().start_kernel(**options)
            if not for_page:
                self._spare.add(kernel_id)
        finally:
            del self._starting[kernel_id]
            if kernel_id not in self:
                self._forget(kernel_id)
        return kernel_id

    async def _take_place(self, kernel_id: str, for_page: bool) -> None:
        self._pages_waiting += for_page
        try:
            while not self._has_place(for_page):
                if self._closed:
                    raise NoPlace
                if for_page and not self._soon_free:
                    await self._end_spare()
                else:
                    await self._changed.wait()
        finally:
            self._pages_waiting -= for_page
        self._starting[kernel_id] = for_page

    def _has_place(self, for_page: bool) -> bool:
        before = 0 if for_page else self._pages_waiting
        return not self._closed and self.taken + before < self.max_viewers

    async def _end_spare(self) -> None:
        """Make place for a page that cannot use a spare kernel, which ran with another theme."""
        if not self._spare or self.handing_over:
            raise NoPlace
        await self.shutdown_kernel(next(iter(self._spare)))
        self.fill_if_needed(notebook_name=self.notebook_path)  # Voila's: waits for a place

    async def shutdown_kernel(self, kernel_id: str, *args: Any, **options: Any) -> None:
        """End a kernel, once."""
        if kernel_id in self._ending:
            return
        self._ending.add(kernel_id)
        try:
            await super().shutdown_kernel(kernel_id, *args, **options)
        finally:
            self._ending.discard(kernel_id)
            self._tell()

    async def leave(self, kernel_id: str) -> None:
        """End the kernel of a page that says goodbye, if it goes.

        Browsers let pages say so before links of mail programs and some downloads, too.
        """
        self._leaving.add(kernel_id)
        try:
            for _ in range(int(10 * GOODBYE_S)):
                if kernel_id not in self:
                    break
                if not self._n_connections(kernel_id):
                    await self.shutdown_kernel(kernel_id)
                await asyncio.sleep(0.1)
        finally:
            self._leaving.discard(kernel_id)
            self._tell()

    def _n_connections(self, kernel_id: str) -> int:
        return int(self.kernel_model(kernel_id)["connections"])

    async def shutdown_all(self, *args: Any, **options: Any) -> None:
        """End all kernels, and start no more."""
        self._closed = True
        self._tell()
        await super().shutdown_all(*args, **options)

    def remove_kernel(self, kernel_id: str) -> Any:
        """Free the place of a kernel whose process has ended."""
        removed = super().remove_kernel(kernel_id)
        self._forget(kernel_id)
        return removed

    def _forget(self, kernel_id: str) -> None:
        self._spare.discard(kernel_id)
        self.loading.discard(kernel_id)
        self._met.discard(kernel_id)
        self._last_seen.pop(kernel_id, None)
        if folder := self._folders.pop(kernel_id, None):
            shutil.rmtree(folder, ignore_errors=True)
        self._tell()

    def _tell(self) -> None:
        self._changed.set()
        self._changed.clear()

    def belongs_to_page(self, kernel_id: str) -> None:
        """Note that a spare kernel is one no longer."""
        self._spare.discard(kernel_id)

    def notify_connect(self, kernel_id: str) -> None:
        """Note that a page is connected."""
        super().notify_connect(kernel_id)
        self._met.add(kernel_id)

    def seen(self, kernel_id: str, when: float) -> None:
        """Note when a page, whose connection is gone now, gave its last sign of life."""
        if kernel_id in self:
            self._last_seen[kernel_id] = when

    async def cull_kernels(self) -> None:
        """End the kernels of closed pages, all at once: one alone may take seconds."""
        kernels = self.list_kernel_ids()
        ends = (self.cull_kernel_if_idle(kernel_id) for kernel_id in kernels)
        results = await asyncio.gather(*ends, return_exceptions=True)
        for kernel_id, end in zip(kernels, results, strict=True):
            if isinstance(end, Exception):
                self.log.error("The kernel %s could not be ended", kernel_id, exc_info=end)

    async def cull_kernel_if_idle(self, kernel_id: str) -> None:
        """End a kernel that no page has been connected to for a while, whether it is busy or not.

        How long a page is idle does not count. Voila does not ask for spare kernels.
        """
        now = monotonic()
        patience = self.cull_idle_timeout if kernel_id in self._met else FIRST_S
        if kernel_id in self.loading or self._n_connections(kernel_id):
            self._last_seen.pop(kernel_id, None)
        elif now - self._last_seen.setdefault(kernel_id, now) >= patience:
            self.log.info("The page of kernel %s is closed.", kernel_id)
            await self.shutdown_kernel(kernel_id)


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
        return min(self._kernels.ready, self._kernels.get_pool_size(notebook))

    async def start_kernel(self, **options: Any) -> str:
        kernel_id = await self._kernels.start_kernel(for_page=True, **options)
        self._page.load(kernel_id)
        return kernel_id

    async def get_rendered_notebook(self, *args: Any, **options: Any) -> Any:
        self._kernels.handing_over += 1
        try:
            rendered = await self._kernels.get_rendered_notebook(*args, **options)
            self._kernels.belongs_to_page(rendered[2])
        finally:
            self._kernels.handing_over -= 1
        self._page.load(rendered[2])
        return rendered


class ViewerPage(TornadoVoilaHandler):
    """The dashboard, or a page that says that it is full."""

    _kernel_id: str | None = None
    _gone = False

    @property
    def kernel_manager(self) -> _KernelsOfPage:
        """The kernels, as this page gets them."""
        return _KernelsOfPage(super().kernel_manager, self)

    @authenticated
    async def get(self, path: str | None = None) -> None:
        """Send the page."""
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


class Dashboard(Voila):
    """Voila's application with the classes of this file in place of its own."""

    def init_settings(self) -> dict[str, Any]:
        """Return the settings of the server."""
        self.voila_configuration.multi_kernel_manager_class = ViewerKernels
        # That of JupyterLab opens files, and asks for parts of JupyterLab that a page lacks.
        denied = self.voila_configuration.extension_denylist or []
        self.voila_configuration.extension_denylist = [*denied, "snn-workbench"]
        self.kernel_websocket_connection_class = ViewerConnection
        settings: dict[str, Any] = super().init_settings()
        if not isinstance(settings["kernel_manager"], ViewerKernels):
            sys.exit(_UNKNOWN_VOILA)
        return settings

    def init_handlers(self) -> list[Any]:
        """Return what the server answers to."""
        ours = {
            TornadoVoilaHandler: ViewerPage,
            VoilaShutdownKernelHandler: ViewerGoodbye,
            VoilaKernelWebsocketHandler: ViewerSocket,
        }
        handlers = [
            tuple(ours.get(part, part) if isinstance(part, type) else part for part in handler)
            for handler in super().init_handlers()
        ]
        if not set(ours.values()) <= {handler[1] for handler in handlers}:
            sys.exit(_UNKNOWN_VOILA)
        return handlers


if __name__ == "__main__":
    Dashboard.launch_instance()
