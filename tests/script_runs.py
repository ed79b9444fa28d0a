"""Many exported scripts run in one process: nearly all of a single run is importing Brian2."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

RUN_ALL = """
import contextlib, gc, io, json, runpy, sys, traceback
import brian2
gc.freeze()  # Brian2 collects garbage before every run; all that was imported is none.
results = []
for script, *arguments in json.load(open(sys.argv[1])):
    brian2.start_scope()
    sys.argv = [script, *arguments]
    said, errors, code = io.StringIO(), io.StringIO(), 0
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(errors):
        try:
            runpy.run_path(script, run_name="__main__")
        except SystemExit as end:  # with a text, Python prints it and returns 1
            code = end.code if isinstance(end.code, int) else int(end.code is not None)
            if isinstance(end.code, str):
                print(end.code, file=sys.stderr)
        except BaseException:
            code = 1
            traceback.print_exc()
    results.append((code, said.getvalue(), errors.getvalue()))
print(json.dumps(results))
"""


class Done(NamedTuple):
    """What a script returned and printed."""

    returncode: int
    stdout: str
    stderr: str


def run_scripts(folder: Path, commands: Iterable[Iterable[Any]]) -> list[Done]:
    """Run scripts one after the other in a new process.

    Parameters
    ----------
    folder : Path
        Where the list of them is written.
    commands : iterable of (path of the script, arguments...)
    """
    jobs = folder / "jobs.json"
    jobs.write_text(json.dumps([[str(part) for part in command] for command in commands]))
    command = [sys.executable, "-c", RUN_ALL, str(jobs)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=500)
    assert done.returncode == 0, done.stderr
    return [Done(*result) for result in json.loads(done.stdout.splitlines()[-1])]
