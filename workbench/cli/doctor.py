"""The command line's `doctor`: findings as lines for people, or as JSON."""

from __future__ import annotations

import argparse
import textwrap
from collections.abc import Iterable
from dataclasses import asdict
from itertools import groupby
from typing import TYPE_CHECKING

from workbench.cli.output import print_json, print_text

if TYPE_CHECKING:
    from workbench.doctor import Finding

WIDTH = 100


def run_doctor(options: argparse.Namespace) -> int:
    """Examine the installation; return 1 if there is a problem."""
    from workbench.doctor import examine

    found = examine()
    sound = all(finding.status != "problem" for finding in found)
    if options.json:
        print_json({"ok": sound, "findings": [asdict(finding) for finding in found]})
    else:
        print_text(told(found))
    return 0 if sound else 1


def told(findings: Iterable[Finding]) -> str:
    """Return lines for people: one per finding below its group, with the remedy beneath."""
    findings = list(findings)
    width = max((len(finding.name) for finding in findings), default=0)
    lines = []
    for group, members in groupby(findings, key=lambda finding: finding.group):
        lines += ["", group]
        for finding in members:
            lines.append(f"  {finding.status:<8} {finding.name:<{width}}  {finding.value}".rstrip())
            # Commands and paths are copied from here: they are not broken into parts.
            lines += textwrap.wrap(
                finding.remedy,
                WIDTH,
                initial_indent=" " * 11,
                subsequent_indent=" " * 11,
                break_long_words=False,
                break_on_hyphens=False,
            )
    count = sum(finding.status == "problem" for finding in findings)
    summary = "No problem was found." if not count else f"Problems: {count}"
    return "\n".join([*lines[1:], "", summary])
