"""Formulas as MathML, which browsers draw themselves: no script, and no server that has one."""

from __future__ import annotations

from typing import Any

from docutils import nodes
from docutils.utils.math import latex2mathml
from sphinx.application import Sphinx


def _markup(latex: str, *, block: bool) -> str:
    tree: Any = latex2mathml.tex2mathml(latex, as_block=block)
    return tree if isinstance(tree, str) else "".join(tree)


def _visit_inline(writer: Any, node: nodes.math) -> None:
    writer.body.append(_markup(node.astext(), block=False))
    raise nodes.SkipNode


def _visit_block(writer: Any, node: nodes.math_block) -> None:
    # The theme lays out what MathJax makes: it would push other formulas to the right.
    style = "display: block; margin: 1rem 0; overflow-x: auto"
    formula = _markup(node.astext(), block=True)
    writer.body.append(f'<div class="math" style="{style}">{formula}</div>\n')
    raise nodes.SkipNode


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the renderer for ``html_math_renderer = "mathml"``."""
    app.add_html_math_renderer("mathml", (_visit_inline, None), (_visit_block, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
