"""Damage small files and read them: every outcome is an object or a `WorkbenchError`.

Each case is read in a process of its own, with 5 s of processor time and 1 GB of memory above what
the libraries take::

    python tests/benchmarks/fuzz_readers.py keras onnx --seconds 600
    python tests/benchmarks/fuzz_readers.py snn --case 4711   # one case, with its traceback
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import select
import signal
import subprocess
import sys
import tempfile
import time
import traceback
import warnings
from collections import Counter
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS), str(TESTS.parent)]

CPU_S = 5
WALL_S = 60
MEMORY = 10**9
BUDGET = "250 MB"


def read_case(reader: str, files: dict[Path, bytes], case: int, folder: Path) -> str:
    """Read a damaged file; say what came of it: "read", "refused", or the exception."""
    import fuzzing

    from workbench.errors import WorkbenchError

    rng = fuzzing.rng_of(reader, case)
    path = rng.choice(sorted(files))
    content = fuzzing.damaged(path, files[path], rng)
    target = folder / path.name
    for other, whole in files.items():
        if other.suffix != ".json" and other.stem.startswith("split"):
            (folder / other.name).write_bytes(whole)
    if reader == "images" or target.suffix == ".npy":
        target = folder / "set" / "a" / path.name
        target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(content)
    warnings.simplefilter("ignore")
    try:
        fuzzing.READERS[reader][1](target)
    except WorkbenchError as error:
        return f"refused: {error}"
    except BaseException as error:
        return f"escaped: {type(error).__name__}: {error}\n{traceback.format_exc()[-3000:]}"
    return "read"


def baseline() -> int:
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[0])
    return pages * resource.getpagesize()


def limited(reader: str, files: dict[Path, bytes], case: int) -> str:
    """Read a case in a process of its own."""
    end, begin = os.pipe()
    child = os.fork()
    if not child:
        os.close(end)
        quiet = os.open(os.devnull, os.O_WRONLY)
        os.dup2(quiet, 1)
        os.dup2(quiet, 2)
        resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S + 1))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_AS, (baseline() + MEMORY, resource.RLIM_INFINITY))
        os.environ["WORKBENCH_MEMORY"] = BUDGET
        with tempfile.TemporaryDirectory() as folder:
            outcome = read_case(reader, files, case, Path(folder))
        os.write(begin, outcome.encode("utf-8", "replace")[:4000])
        os._exit(0)
    os.close(begin)
    told, _, _ = select.select([end], [], [], WALL_S)
    outcome = os.read(end, 5000).decode("utf-8", "replace") if told else ""
    if not told:
        os.kill(child, signal.SIGKILL)
    os.close(end)
    _, status = os.waitpid(child, 0)
    if not told:
        return f"escaped: took more than {WALL_S} s"
    if outcome:
        return outcome
    died = os.waitstatus_to_exitcode(status)
    return f"escaped: the process died ({signal.Signals(-died).name if died < 0 else died})"


def fuzz(reader: str, first: int, cases: int, seconds: float) -> dict[str, object]:
    """Read cases for a time; return counts, and what escaped."""
    import fuzzing

    fuzzing.warm_up(reader)
    with tempfile.TemporaryDirectory() as folder:
        # Writing the files starts threads of the libraries, which do not survive a fork.
        writer = [sys.executable, __file__, reader, "--write", folder]
        subprocess.run(writer, check=True, capture_output=True)
        names = Path(folder, "files.txt").read_text("utf-8").splitlines()
        files = {Path(folder, name): Path(folder, name).read_bytes() for name in names}
    counts: Counter[str] = Counter()
    escaped, longest = {}, 0.0
    start = time.monotonic()
    case = first
    while case < first + cases and time.monotonic() - start < seconds:
        begun = time.monotonic()
        outcome = limited(reader, files, case)
        longest = max(longest, time.monotonic() - begun)
        kind = outcome.partition(":")[0]
        counts[kind] += 1
        if kind == "escaped":
            escaped[case] = outcome
        case += 1
    return {"reader": reader, **counts, "longest_s": round(longest, 1), "cases": escaped}


def write(reader: str, folder: Path) -> None:
    import fuzzing

    files = fuzzing.READERS[reader][0](folder)
    files += sorted(folder.glob("split.weights.h5"))
    (folder / "files.txt").write_text("\n".join(str(f.relative_to(folder)) for f in files))


def main() -> int:
    import fuzzing

    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("readers", nargs="*", default=list(fuzzing.READERS))
    parser.add_argument("--seconds", type=float, default=300, help="for each reader")
    parser.add_argument("--cases", type=int, default=10**9, help="for each reader, at most")
    parser.add_argument("--first", type=int, default=0, help="number of the first case")
    parser.add_argument("--case", type=int, help="read this case alone")
    parser.add_argument("--write", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.write:
        write(options.readers[0], options.write)
        return 0
    first, cases = (options.case, 1) if options.case is not None else (options.first, options.cases)
    failed = 0
    for reader in options.readers:
        found = fuzz(reader, first, cases, options.seconds)
        failed += bool(found["cases"])
        print(json.dumps(found, indent=1), flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
