"""The checks, each in an environment of its own: ``nox -s lint tests docs``."""

import platform
from pathlib import Path

import nox

nox.options.sessions = ["lint", "tests", "docs"]
TESTED = Path(f"constraints/python{'.'.join(platform.python_version_tuple()[:2])}.txt")


def _install(session: nox.Session, *extras: str) -> None:
    versions = ["-c", str(TESTED)] if TESTED.exists() else []
    session.install("-e", f".[{','.join(extras)}]", *versions)


@nox.session
def lint(session: nox.Session) -> None:
    """Check style and types."""
    _install(session, "test")
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")
    session.run("mypy")


@nox.session
def tests(session: nox.Session) -> None:
    """Run the default suite, or what is given behind ``--``."""
    _install(session, "test", "docs")
    session.run("python", "-m", "pytest", *session.posargs)


@nox.session
def docs(session: nox.Session) -> None:
    """Build the documentation; a warning is an error."""
    _install(session, "docs")
    session.run("python", "-m", "sphinx", "-W", "-b", "html", "docs", "docs/_build/html")
