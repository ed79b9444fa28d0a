"""How Sphinx builds the site: ``python -m sphinx -W -b html docs docs/_build/html``.

The site works from disk, search included, and asks no other server for anything: styles, fonts and
scripts are the theme's own files, and formulas are MathML.
"""

import os
import sys
from pathlib import Path

DOCS = Path(__file__).resolve().parent
# The pages describe the checkout beside them, whatever else is installed. Kernels of notebooks are
# other processes and inherit the variable.
sys.path[:0] = [str(DOCS.parent), str(DOCS / "_extensions")]
os.environ["PYTHONPATH"] = os.pathsep.join(
    filter(None, (str(DOCS.parent), os.environ.get("PYTHONPATH")))
)

from workbench import __version__  # noqa: E402

project = "snn-workbench"
author = "The snn-workbench developers"
project_copyright = author
version = release = __version__

extensions = [
    "sphinx.ext.autodoc",
    "numpydoc",
    "myst_nb",
    "sphinx_copybutton",
    "reference_pages",
    "mathml",
]
exclude_patterns = [
    "_build",
    "_extensions",
    "_templates",
    "**/.ipynb_checkpoints",
    "jupyter_execute",
]
nitpicky = False

# Single backquotes in docstrings mean code.
default_role = "code"
autodoc_member_order = "bysource"
autodoc_typehints = "none"  # types stand in the tables of parameters
numpydoc_show_class_members = False  # autodoc lists them, each with its own text
numpydoc_class_members_toctree = False

myst_enable_extensions = ["colon_fence", "deflist", "dollarmath"]
myst_heading_anchors = 3

# Tutorials run when their page is read: in a clean build all of them, later those that changed.
# DOCS_NOTEBOOKS=off builds the site without outputs.
nb_execution_mode = os.environ.get("DOCS_NOTEBOOKS", "auto")
os.environ["WORKBENCH_FIGURES"] = "png"  # a page has no kernel to answer widgets
# Widgets need a kernel behind the page; the tests run this notebook.
nb_execution_excludepatterns = ["tutorials/workbench.ipynb"]
nb_execution_in_temp = True  # cells write files
nb_execution_raise_on_error = True
nb_execution_timeout = 600
nb_execution_show_tb = True
nb_ipywidgets_js: dict[str, dict[str, str]] = {}  # would be fetched from another server

html_theme = "pydata_sphinx_theme"
html_title = f"{project} {release}"
html_math_renderer = "mathml"
html_copy_source = False
html_show_sourcelink = False
html_show_search_summary = False  # would read pages in a way that browsers forbid for files
html_context = {"default_mode": "auto"}
html_last_updated_fmt = None  # equal sources make equal pages
html_static_path: list[str] = []
templates_path = ["_templates"]
html_sidebars = {"**": ["all_pages.html"]}
html_theme_options = {
    "navbar_center": [],  # all pages stand at the side
    "navbar_end": ["theme-switcher"],
    "footer_start": ["copyright"],
    "footer_end": [],
    "show_prev_next": True,
    "secondary_sidebar_items": {
        "**": ["page-toc"],
        "reference/settings": [],  # wide tables
        "reference/exports": [],
    },
    "logo": {"text": project},
}
copybutton_prompt_text = r">>> |\.\.\. |\$ "
copybutton_prompt_is_regexp = True
