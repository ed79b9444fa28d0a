"""The kernels of viewers: at most so many as there are places, each ended soon after its page."""
# Jupyter's managers are synchronous, their servers' coroutines, which mypy takes for a mistake; and
# Voila derives from the class of kernels here, so that what it adds is not seen.
# mypy: disable-error-code="override,attr-defined"

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections import Counter
from time import monotonic
from typing import Any

from jupyter_server.services.kernels.kernelmanager import AsyncMappingKernelManager
from traitlets import Integer

FIRST_S = 180
"""So long a page has to connect to its kernel at first: slow devices and lines load it slowly."""

GOODBYE_S = 5
"""So long a page that says that it closes has to do it."""

NOTEBOOK = "SNN_WORKBENCH_NOTEBOOK"
"""Environment variable of spare kernels: the notebook that they have run.

Voila, which starts them, does not say for which notebook; what it lets one set for each notebook is
the environment.
"""


class NoPlace(Exception):
    """Each place is taken by an open page."""


class ViewerKernels(AsyncMappingKernelManager):
    """At most so many kernels as there are places, whoever asks for one.

    A kernel belongs to a page, or is a spare one: Voila starts those ahead, for each notebook that
    is served, and they have run it when a page comes. A place is taken before its kernel starts and
    free once its process has ended.
    """

    max_viewers = Integer(1, min=1, config=True, help="Number of places.")

    def __init__(self, **options: Any) -> None:
        self.handing_over: Counter[str] = Counter()  # pages that were promised a spare kernel
        self.loading: set[str] = set()  # kernels whose page is on its way to an open connection
        self._pages_waiting = 0
        self._closed = False
        self._changed = asyncio.Event()
        self._starting: dict[str, str | None] = {}  # notebooks of spare kernels, None for a page's
        self._spare: dict[str, str] = {}  # their notebooks
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

    def ready(self, notebook: str) -> int:
        """Return how many spare kernels of a notebook nobody was promised, also starting ones."""
        return self._started(notebook) + list(self._starting.values()).count(notebook)

    def _started(self, notebook: str) -> int:
        spare = [kernel for kernel, of in self._spare.items() if of == notebook]
        return len(set(spare) - self._ending) - self.handing_over[notebook]

    @property
    def _any_ready(self) -> bool:
        notebooks = {*self._spare.values(), *self._starting.values()}
        return any(self.ready(notebook) > 0 for notebook in notebooks if notebook is not None)

    @property
    def full(self) -> bool:
        """Whether another page would find no place, nor one that is about to be free."""
        return self.taken >= self.max_viewers and not self._soon_free and not self._any_ready

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
        notebook = None if for_page else options.get("env", {}).get(NOTEBOOK, "")
        await self._take_place(kernel_id, notebook)
        try:
            if "env" in options:  # What a kernel that is killed leaves there is deleted, too.
                folder = self._folders[kernel_id] = tempfile.mkdtemp(prefix="snn-workbench-viewer-")
                options["env"] = {**options["env"], "TMPDIR": folder}
            await super().start_kernel(**options)
            if notebook is not None:
                self._spare[kernel_id] = notebook
        finally:
            del self._starting[kernel_id]
            if kernel_id not in self:
                self._forget(kernel_id)
            self._tell()
        return kernel_id

    async def _take_place(self, kernel_id: str, notebook: str | None) -> None:
        for_page = notebook is None
        self._pages_waiting += for_page
        try:
            while not self._has_place(for_page):
                if self._closed:
                    raise NoPlace
                if not for_page or self._soon_free:
                    await self._changed.wait()
                else:
                    await self._end_spare()
        finally:
            self._pages_waiting -= for_page
        self._starting[kernel_id] = notebook

    def _has_place(self, for_page: bool) -> bool:
        before = 0 if for_page else self._pages_waiting
        return not self._closed and self.taken + before < self.max_viewers

    async def _end_spare(self) -> None:
        """Make place for a page that cannot use a spare kernel, which has run another notebook."""
        for kernel_id, notebook in self._spare.items():
            if kernel_id not in self._ending and self._started(notebook) > 0:
                await self.shutdown_kernel(kernel_id)
                self.fill_if_needed(notebook_name=notebook)  # Voila's: waits for a place
                return
        if not self._any_ready:
            raise NoPlace
        await self._changed.wait()  # for one that is just starting

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
        self._spare.pop(kernel_id, None)
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
        self._spare.pop(kernel_id, None)

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
