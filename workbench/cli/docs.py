"""The command line's `docs`: opens the documentation that lies on this machine."""

from __future__ import annotations

import argparse

from workbench.cli.output import print_text, tell


def docs_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that `run_docs` reads."""
    parser.add_argument("--path", action="store_true", help="only print the path of the first page")


def run_docs(options: argparse.Namespace) -> None:
    """Open the documentation in the browser, or print where it is.

    Raises
    ------
    WorkbenchError
        If it was not built.
    """
    import webbrowser

    from workbench.util.package_data import documentation

    page = documentation()
    if options.path:
        print_text(str(page))
    elif webbrowser.open(page.as_uri()):
        tell(f"Opened {page}")
    else:
        tell(f"No browser was found. Open this file in one: {page}")
