"""What people read in several places: numbers in words, and sentences that are said twice."""

from __future__ import annotations

from workbench.plot.style import counted as counted
from workbench.ui.session.results import Accuracy, Errors, SampleRun, Status

CLOSED = "The workbench is closed. Open it again: run its cell."


def duration(seconds: float) -> str:
    """A time as a person says it: "8 ms", "1.3 s"."""
    return f"{1000 * seconds:.0f} ms" if seconds < 1 else f"{seconds:.1f} s"


def time_left(done: float, took_s: float) -> str:
    """How long the rest takes if it goes on like this: "about 8 s left"."""
    seconds = took_s * (1 - done) / done
    if seconds < 90:
        return f"about {max(1, round(seconds))} s left"
    return f"about {round(seconds / 60)} min left"


def short_count(count: int) -> str:
    """A count that is read at a glance: "12,345", "1.23 million", "4.5 billion"."""
    for unit, name in ((10**9, "billion"), (10**6, "million")):
        if count >= unit:
            return f"{count / unit:.3g} {name}"
    return f"{count:,}"


def sample_sentence(run: SampleRun, took_s: float, converted_s: float) -> str:
    """What the run of one sample was and cost."""
    synops = 0 if run.operations is None else int(run.operations["synops"].sum())
    kept = ""
    if run.steps_kept < run.steps_done:
        kept = f" The raster shows the first {counted(run.steps_kept, 'step')}."
    taken_back = f" ({run.taken_back:,} of them negative)" if run.taken_back else ""
    converted = duration(converted_s)
    remark = "" if converted == duration(0) else f" (converted in {converted})"
    return (
        f"{run.words}: {run.clock.lasts(run.steps)} in {duration(took_s)}{remark}, "
        f"{counted(run.spike_count, 'spike')}{taken_back}, {short_count(synops)} SynOps.{kept}"
    )


def progress_status(what: str, result: SampleRun | Accuracy | Errors, took_s: float) -> Status:
    """Say how far a run is, and how long the rest takes."""
    share = result.steps_done / result.steps
    where = f"step {result.steps_done:,} of {result.steps:,}, {time_left(share, took_s)}"
    return Status("busy", f"{what}: {where} …", progress=share)
