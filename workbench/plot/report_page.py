"""The page of a report: facts, tables and figures in one file that needs no network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
from bokeh.embed import file_html
from bokeh.resources import INLINE

from workbench.errors import SettingsError
from workbench.plot.figure import Figure
from workbench.plot.saving import GROUNDS, INKS, bokeh_theme, copied


def report_page(
    title: str,
    facts: Sequence[tuple[str, str]],
    tables: Mapping[str, pd.DataFrame],
    files: Sequence[str],
    figures: Sequence[Figure],
    *,
    theme: str = "light",
) -> str:
    """Return the page.

    Parameters
    ----------
    title : str
    facts : sequence of (str, str)
        Name and value of each.
    tables : mapping of str to DataFrame
        That are shown, by the name of their file.
    files : sequence of str
        That lie beside the page.
    figures : sequence of Figure
        They stay as they are.
    theme : "light" or "dark"

    Raises
    ------
    SettingsError
        If there is no such theme.
    """
    if theme not in GROUNDS:
        raise SettingsError(f"theme is {theme!r}; accepted: {', '.join(GROUNDS)}.")
    copies = [copied(figure.figure, theme) for figure in figures]
    page: str = file_html(
        [root for root, _ in copies],
        INLINE,
        title=title,
        template=_PAGE,
        template_variables={
            "ground": GROUNDS[theme],
            "ink": INKS[theme],
            "heading": title,
            "facts": facts,
            "tables": {name: _table(table) for name, table in tables.items()},
            "files": files,
            "names": [name for _, name in copies],
        },
        theme=bokeh_theme(theme),
        suppress_callback_warning=True,
    )
    return page


def _table(table: pd.DataFrame) -> dict[str, Any]:
    return {
        "columns": [str(name) for name in table.columns],
        "rows": [[_shown(value) for value in row] for row in table.itertuples(index=False)],
    }


def _shown(value: Any) -> str:
    if isinstance(value, float):
        return "" if value != value else f"{value:,.4g}"
    return f"{value:,}" if isinstance(value, int) else str(value)


# Jinja runs what stands in a template: names, which may come from a file, are values of its
# variables, and each is escaped.
_PAGE = """{% block preamble %}<meta name="viewport" content="width=device-width">
<style>
html, body { margin: 0; background: {{ ground }}; }
main { margin: 0 auto; max-width: 70rem; padding: 1rem; color: {{ ink.text }};
  font: 16px/1.45 system-ui, sans-serif; }
section { margin: 2rem 0; }
h1 { font-size: 1.6rem; } h2 { font-size: 1.2rem; margin: 2rem 0 .5rem; }
dl { display: grid; gap: .8rem 1.5rem;
  grid-template-columns: repeat(auto-fill, minmax(14rem, 1fr)); }
dt { opacity: .75; font-size: .85rem; }
dd { margin: 0; font-size: 1.1rem; overflow-wrap: anywhere; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: .9rem; }
th, td { padding: .2rem .7rem; text-align: right; border-bottom: 1px solid {{ ink.grid }}; }
th:first-child, td:first-child { text-align: left; }
a { color: inherit; }
</style>{% endblock %}
{% block contents %}
<main>
<h1>{{ heading | e }}</h1>
<dl>{% for name, value in facts %}
<div><dt>{{ name | e }}</dt><dd>{{ value | e }}</dd></div>
{% endfor %}</dl>
{% for root in docs[0].roots %}
<section aria-label="{{ names[loop.index0] | e }}">{{ embed(root) }}</section>
{% endfor %}
{% for name, table in tables.items() %}
<h2><a href="{{ name | e }}">{{ name | e }}</a></h2>
<div class="wide"><table>
<thead><tr>
{% for column in table.columns %}<th scope="col">{{ column | e }}</th>{% endfor %}
</tr></thead>
<tbody>{% for row in table.rows %}
<tr>{% for value in row %}<td>{{ value | e }}</td>{% endfor %}</tr>
{% endfor %}</tbody></table></div>
{% endfor %}
<h2>Files beside this page</h2>
<ul>{% for name in files %}<li><a href="{{ name | e }}">{{ name | e }}</a></li>{% endfor %}</ul>
</main>
{% endblock %}"""
