"""BokehJS as the installed bokeh brings it, so that Python and browser never differ in version."""

from __future__ import annotations

import gzip
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from bokeh.core.has_props import HasProps
from bokeh.embed import bundle
from bokeh.util.paths import bokehjs_path

from workbench.errors import WorkbenchError

COMPONENTS = ("bokeh", "bokeh-gl", "bokeh-widgets", "bokeh-tables", "bokeh-mathjax")


def components_for(models: Iterable[HasProps]) -> list[str]:
    """Return the BokehJS components that drawing `models` takes, in the order of loading.

    Formulas are a reason to load MathJax up front: BokehJS would ask a CDN for it otherwise.
    """
    objects = set(models)
    needed = {
        "bokeh": True,
        "bokeh-gl": bundle._use_gl(objects),
        "bokeh-widgets": bundle._use_widgets(objects),
        "bokeh-tables": bundle._use_tables(objects),
        "bokeh-mathjax": bundle._use_mathjax(objects),
    }
    # The tables component is built on top of the widgets component.
    needed["bokeh-widgets"] |= needed["bokeh-tables"]
    return [name for name in COMPONENTS if needed[name]]


@cache
def compressed_source(component: str) -> bytes:
    """Return the gzip-compressed JavaScript of one component; read once a kernel.

    Raises
    ------
    WorkbenchError
        When the component is not one of `COMPONENTS`, or the installed bokeh lacks it.
    """
    if component not in COMPONENTS:
        raise WorkbenchError(
            f"BokehJS component is '{component}'; supported: {', '.join(COMPONENTS)}."
        )
    path = Path(bokehjs_path()) / "js" / f"{component}.min.js"
    if not path.is_file():
        raise WorkbenchError(f"The installed bokeh has no {path}. Reinstall bokeh.")
    return gzip.compress(path.read_bytes(), compresslevel=6)
