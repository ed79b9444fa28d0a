"""What a page for visitors is called."""

from __future__ import annotations

import ipywidgets as widgets


def demo_title(text: str) -> widgets.HTML:
    """Return the title of a page for visitors, in its largest type."""
    return widgets.HTML(f'<span class="swb-demo-title" role="heading" aria-level="2">{text}</span>')
