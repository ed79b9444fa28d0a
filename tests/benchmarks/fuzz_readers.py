"""Damage small files and read them: every outcome is an object or a `WorkbenchError`.

Cases are read in processes with limits: each case has 5 s of processor time, and 1 GB of memory
above what was taken before. The time on the clock counts for nothing, as others may use the
machine. One process reads many files, as a session does, until one of them ends it::

    python tests/benchmarks/fuzz_readers.py keras onnx --seconds 600 --first 100000
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
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS), str(TESTS.parent)]

CPU_S = 5
FILES_PER_PROCESS = 50
ASLEEP_S = 300
"""Longest time for what may wait for ever, such as a pipe, without using the processor."""
MEMORY = 10**9
BUDGET = "250 MB"


def read_case(reader: str, files: dict[Path, bytes], case: int, folder: Path) -> str:
    """Read a damaged file; say what came of it: "read", "refused", or the exception."""
    import fuzz_damage
    import fuzzing

    from workbench.errors import WorkbenchError

    rng = fuzzing.rng_of(reader, case)
    path = rng.choice(sorted(files))
    content = fuzz_damage.damaged(path, files[path], rng)
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


def addresses() -> int:
    """Bytes of addresses that this process has taken."""
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[0])
    return pages * resource.getpagesize()


def limit() -> None:
    """Give what follows its time and memory."""
    cpu_s = int(time.process_time()) + CPU_S
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_s, resource.RLIM_INFINITY))
    resource.setrlimit(resource.RLIMIT_AS, (addresses() + MEMORY, resource.RLIM_INFINITY))


def read_cases(reader: str, files: dict[Path, bytes], cases: Iterable[int], told: int) -> None:
    """Read cases, and write a line about each: what came of it, and its processor time."""
    quiet = os.open(os.devnull, os.O_WRONLY)
    os.dup2(quiet, 1)
    os.dup2(quiet, 2)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.environ["WORKBENCH_MEMORY"] = BUDGET
    for case in cases:
        limit()
        begun = time.process_time()
        with tempfile.TemporaryDirectory() as folder:
            outcome = read_case(reader, files, case, Path(folder))
        line = json.dumps([outcome[:3000], time.process_time() - begun])
        os.write(told, f"{line}\n".encode())


def outcomes(
    reader: str, files: dict[Path, bytes], cases: Sequence[int]
) -> Iterator[tuple[int, str, float]]:
    """Read cases in another process; yield their numbers, outcomes and processor times.

    The last one is the case that ended the process, if one did.
    """
    end, told = os.pipe()
    child = os.fork()
    if not child:
        os.close(end)
        read_cases(reader, files, cases, told)
        os._exit(0)
    os.close(told)
    waiting, text, awake = list(cases), b"", True
    try:
        while awake:
            awake = bool(select.select([end], [], [], ASLEEP_S)[0])
            more = os.read(end, 65536) if awake else b""
            if not more:
                break
            *lines, text = (text + more).split(b"\n")
            for line in lines:
                yield waiting.pop(0), *json.loads(line)
    finally:
        os.close(end)
        if not awake or waiting:
            with suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
        died = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if waiting and awake:
        name = signal.Signals(-died).name if died < 0 else died
        yield waiting[0], f"escaped: the process died ({name})", float(CPU_S)
    elif waiting:
        yield waiting[0], f"escaped: sleeps for more than {ASLEEP_S} s", 0.0


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
    case, last = first, first + cases
    while case < last and time.monotonic() - start < seconds:
        numbers = range(case, min(last, case + FILES_PER_PROCESS))
        for number, outcome, cpu_s in outcomes(reader, files, numbers):
            kind = outcome.partition(":")[0]
            counts[kind] += 1
            longest = max(longest, cpu_s)
            if kind == "escaped":
                escaped[number] = outcome
            case = number + 1
            if time.monotonic() - start >= seconds:
                break
    return {
        "reader": reader,
        **counts,
        "seconds": round(time.monotonic() - start),
        "most_cpu_s": round(longest, 2),
        "cases": escaped,
    }


def write(reader: str, folder: Path) -> None:
    import fuzzing

    files = fuzzing.READERS[reader][0](folder)
    files += sorted(folder.glob("split.weights.h5"))
    (folder / "files.txt").write_text("\n".join(str(f.relative_to(folder)) for f in files))


def main() -> int:
    import fuzzing

    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("readers", nargs="*", default=list(fuzzing.READERS))
    parser.add_argument("--seconds", type=float, default=float("inf"), help="for each reader")
    parser.add_argument("--cases", type=int, default=1000, help="for each reader, at most")
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
