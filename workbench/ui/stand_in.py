"""What stands in a notebook beside a widget, for pages on which the widget does not run.

A cell that shows a widget gets two outputs: the widget, and a stand-in. At first the stand-in says
what is missing where nothing else appears. Later it is the last picture of the widget, which the
page has sent; a saved, converted or shared notebook shows that. Pages that show the widget hide
the stand-in (`stand_in.js`).

The picture is an ``image/png``: JupyterLab and GitHub strip images from the HTML of notebooks that
somebody else has run. A page finds it by a mark, which it has where base64 keeps bytes together.
"""

from __future__ import annotations

import io
import threading
import time
from base64 import b64encode
from collections.abc import Callable
from html import escape
from pathlib import Path
from typing import Any

import anywidget
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from workbench.ui.session.unhurried import stand_back
from workbench.util.capabilities import of_this_process

STAND_IN = (Path(__file__).parent / "stand_in.js").read_text("utf-8")
"""JavaScript of the page: hides a stand-in while the widget is shown."""

WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"

MOST_BYTES = 110_000
"""Of a picture; a notebook keeps it as 4/3 of that in letters."""

MOST_SENT_BYTES = 20_000_000
MOST_PIXELS = 4_000_000
"""Larger pictures of a page are refused before they are unpacked."""

MOST_WIDE = 4000

QUIET_S = 1.5
"""So long nothing has changed before a page is asked: no slider waits for a picture."""

_KEY = "Source"
_MARKED = 30
"""Characters of the widget's id in the mark: with `_KEY` before them, and the 41 bytes that PNG
puts ahead, they begin and end where three bytes become four letters."""


class StandIn:
    """The stand-in of one widget.

    Parameters
    ----------
    widget_id : str
        Of the widget, 32 hexadecimal digits.
    what : callable
        Says what the widget shows: "the workbench with lenet".
    ask : callable
        Asks one page for a picture, which then comes to `take`; called on a thread of its own.
    tell : callable
        Sends pages a message; they hand it to `keepStandIn`.
    """

    def __init__(
        self,
        widget_id: str,
        what: Callable[[], str],
        *,
        ask: Callable[[], object],
        tell: Callable[[dict[str, Any]], object],
    ):
        self._widget_id, self._what = widget_id, what
        self._tell = tell
        self._quiet = Quiet(ask, QUIET_S)
        self._taking = threading.Lock()
        self._content: tuple[dict[str, str], dict[str, Any]] | None = None
        self._last = b""
        self._closed = False

    @property
    def mark(self) -> str:
        """By which pages know the stand-in; "" while no notebook holds it."""
        return "" if self._content is None else self._mark

    def beside(self, bundle: Any) -> Any:
        """Put the stand-in into the output of the running cell, and return the widget's bundle.

        Where no notebook keeps outputs, nothing is put anywhere: in a dashboard, in a script, and
        in VS Code, whose pages cannot find and hide the stand-in.

        Parameters
        ----------
        bundle : dict, tuple or None
            What ipywidgets returns for the widget.
        """
        data = bundle[0] if isinstance(bundle, tuple) else bundle
        if not data or WIDGET_VIEW not in data or not _is_kept():
            return bundle
        with self._taking:
            if self._content is None:
                self._content = {"text/html": self._waiting(), "text/plain": self._what()}, {}
            self._publish(update=False)
        data = {**data, "text/html": self._without_widgets()}
        return (data, *bundle[1:]) if isinstance(bundle, tuple) else data

    def stir(self) -> None:
        """Ask for a picture of what the widget shows now, once nothing has stirred for a while."""
        if self._content is not None:
            self._quiet.stir()

    def take(self, picture: bytes, width: Any) -> None:
        """Make a picture the stand-in, on a thread that lets all others go first.

        Parameters
        ----------
        picture : bytes
            A PNG, as a page has sent it. Whatever is none, or is too large, is left out.
        width : int
            In CSS pixels.
        """

        def work() -> None:
            stand_back()
            self.replace(picture, width)

        threading.Thread(target=work, name="workbench-picture", daemon=True).start()

    def replace(self, picture: bytes, width: Any) -> bool:
        """Do what `take` asks for, and return whether the stand-in is another one now."""
        with self._taking:
            if self._content is None or self._closed or picture == self._last:
                return False
            packed = _packed(picture, self._widget_id)
            if packed is None:
                return False
            png, ratio = packed
            wide = width if type(width) is int and 1 <= width <= MOST_WIDE else MOST_WIDE
            about = {"width": wide, "height": max(1, round(wide * ratio)), "alt": self._what()}
            self._content = (
                {"image/png": b64encode(png).decode("ascii"), "text/plain": self._what()},
                {"image/png": about},
            )
            self._last = picture
            self._publish(update=True)
            data, metadata = self._content
            self._tell({"kind": "stand_in", "data": data, "metadata": metadata})
            return True

    def close(self) -> None:
        """Take no more pictures. The last one stays in the notebook."""
        self._closed = True
        self._quiet.stop()

    def _publish(self, *, update: bool) -> None:
        from IPython.display import publish_display_data

        assert self._content is not None
        data, metadata = self._content
        transient = {"display_id": f"swb-{self._widget_id}"}
        publish_display_data(data, metadata, transient=transient, update=update)

    @property
    def _mark(self) -> str:
        return b64encode(self._widget_id[:_MARKED].encode()).decode()

    def _waiting(self) -> str:
        """What is seen where Jupyter widgets run, and anywidget does not."""
        late = f"swb-late-{self._mark}"
        return (
            f"<style>@keyframes {late} {{ from {{ max-height: 0 }} to {{ max-height: 20em }} }} "
            f".{self._css} {{ overflow: hidden; animation: {late} 1s step-end 10s both }}</style>"
            f'<div class="{self._css}">This cell shows {escape(self._what())}. If JupyterLab or '
            "Notebook shows nothing or errors instead, the Jupyter server lacks the package "
            "<b>anywidget</b>, or has another version of it than the kernel. Install it where the "
            "server runs, and reload the page:"
            f'<pre>pip install "anywidget~={_minor(anywidget.__version__)}"</pre></div>'
        )

    def _without_widgets(self) -> str:
        """What is seen instead of the widget where no Jupyter widgets run."""
        return (
            f"<style>.{self._css} {{ display: none }} body:has(img[src*='{self._mark}']) "
            f".swb-without-{self._mark} {{ display: none }}</style>"
            f'<div class="swb-without-{self._mark}">To see {escape(self._what())} at work, run '
            "this cell. If JupyterLab or Notebook shows this sentence afterwards, the Jupyter "
            "server lacks the package <b>jupyterlab_widgets</b>. Install it where the server runs, "
            "and reload the page:"
            '<pre>pip install "jupyterlab_widgets>=3" '
            f'"anywidget~={_minor(anywidget.__version__)}"</pre></div>'
        )

    @property
    def _css(self) -> str:
        return f"swb-stand-in-{self._mark}"


class Quiet:
    """Call `act` once nothing has stirred for a while, on a thread of its own.

    Parameters
    ----------
    act : callable
        Must not raise.
    wait_s : float
    """

    def __init__(self, act: Callable[[], object], wait_s: float):
        self._act, self._wait_s = act, wait_s
        self._lock = threading.Lock()
        self._timer: threading.Timer | None = None
        self._stirred_s = 0.0
        self._over = False

    def stir(self) -> None:
        """Wait from now on."""
        with self._lock:
            self._stirred_s = time.monotonic()
            if self._timer is None and not self._over:
                self._start(self._wait_s)

    def stop(self) -> None:
        """Never call it again."""
        with self._lock:
            self._over = True
            if self._timer is not None:
                self._timer.cancel()

    def _start(self, wait_s: float) -> None:
        self._timer = threading.Timer(wait_s, self._look)
        self._timer.daemon = True
        self._timer.start()

    def _look(self) -> None:
        with self._lock:
            self._timer = None
            left_s = self._stirred_s + self._wait_s - time.monotonic()
            if self._over:
                return
            if left_s > 0:
                self._start(left_s)
                return
        self._act()


def _is_kept() -> bool:
    """Whether the output of the running cell is part of a notebook that may be saved."""
    from IPython import get_ipython

    shell: Any = get_ipython()
    if getattr(shell, "kernel", None) is None or "__vsc_ipynb_file__" in shell.user_ns:
        return False
    return of_this_process().files


def _packed(picture: bytes, widget_id: str) -> tuple[bytes, float] | None:
    """Return a picture with few colours and the mark, and its height per width."""
    if len(picture) > MOST_SENT_BYTES:
        return None
    try:
        sent = Image.open(io.BytesIO(picture), formats=("PNG",))
        if sent.width * sent.height > MOST_PIXELS:
            return None
        image = sent.convert("RGB")
    except (OSError, SyntaxError, ValueError):
        return None
    marked = PngInfo()
    marked.add_text(_KEY, widget_id)
    width, height = image.size
    for colours, share in ((256, 1.0), (64, 1.0), (64, 0.7), (32, 0.5), (16, 0.35)):
        small = image
        if share < 1:
            size = max(1, round(width * share)), max(1, round(height * share))
            small = image.resize(size, Image.Resampling.LANCZOS)
        few = small.quantize(colours, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
        file = io.BytesIO()
        few.save(file, "PNG", pnginfo=marked)
        if file.tell() <= MOST_BYTES:
            return file.getvalue(), height / width
    return None


def _minor(version: str) -> str:
    return ".".join([*version.split(".")[:2], "0"])
