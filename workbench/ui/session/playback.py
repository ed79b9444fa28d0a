"""What a page plays back of the shown sample's run: packed spikes, counts and the output race.

A run is cut into frames of one step; of a run of more than `MOST_FRAMES` steps, of several steps.
Pictures need a glance of the spikes, not all of them: of frames with very many, an even random
share is kept. Counts and outputs are always exact. So the memory of a run has a bound.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from workbench.network.readout import net_counts, values
from workbench.network.recording import OUTPUT_BYTES, spread_steps
from workbench.network.schedule import read_steps
from workbench.network.spiking import SpikingNetwork
from workbench.plot.clock import Clock, windows_shown
from workbench.settings import Simulation
from workbench.simulation import Recorder, Window
from workbench.ui.session.decisions import Decisions

EVENTS_KEPT = 2**20
"""Single spikes of a run that pictures show, 2 or 4 bytes each."""

MOST_FRAMES = 10_000
"""A person does not tell more of them apart, nor does a time bar."""

RACE_POINTS = 1_000
"""Steps after which outputs are kept."""

MOST_RUNNERS = 16
"""Outputs whose bars have room; of more, the first ones and the true one run."""

NARROW_UNITS = 2**15
"""Layers of at most so many units have their spikes in two bytes: the first bit is the sign."""


_RUNS = itertools.count(1)


@dataclass(frozen=True, eq=False)
class Frames:
    """Frames `first` to `last` - 1.

    Parameters
    ----------
    first, last : int
    counts, kept : mapping of layer to ndarray of uint32, shape (frames,)
        Spikes of each frame; and how many of them `events` holds.
    events : mapping of layer to ndarray of uint16 or uint32
        Units that spiked, frame after frame; the highest bit is set where the spike was -1.
    """

    first: int
    last: int
    counts: Mapping[str, np.ndarray]
    kept: Mapping[str, np.ndarray]
    events: Mapping[str, np.ndarray]


@dataclass(frozen=True, eq=False)
class Race:
    """What outputs have gathered in the course of a run.

    Parameters
    ----------
    steps : ndarray of int64, shape (points,)
        After these steps, from 1.
    values : ndarray of float32, shape (points, outputs)
        Spikes so far, less those taken back; of a regression, and where outputs only
        listen, decoded values.
    """

    steps: np.ndarray
    values: np.ndarray

    def runners(self, true: int = -1) -> list[int]:
        """Return the outputs that are shown: all, or the largest so far and the true one."""
        outputs = self.values.shape[1]
        if outputs <= MOST_RUNNERS or not len(self.values):
            return list(range(min(outputs, MOST_RUNNERS)))
        order = np.argsort(-self.values[-1], kind="stable")[:MOST_RUNNERS].tolist()
        if 0 <= true < outputs and true not in order:
            order[-1] = true
        return sorted(order)


@dataclass(frozen=True, eq=False)
class Playback:
    """A run, or the part of it that is done, for playing.

    Parameters
    ----------
    run : int
        From 1; the same of all parts of one run.
    network : SpikingNetwork
    layers : tuple of str
        Recorded layers, input to output.
    steps : int
        Of the whole run.
    steps_per_frame : int
    clock : Clock
        What a step is.
    frames : tuple of Frames
        What is done, one after the other.
    race : Race
    decided : int
        Step, from 1, from which the decision has stayed until now; 0 where there is none.
    spikes, shown : int
        Spikes so far, and those that pictures show.
    taken_back : int
        Spikes of -1 among the former.
    """

    run: int
    network: SpikingNetwork
    layers: tuple[str, ...]
    steps: int
    steps_per_frame: int
    clock: Clock
    frames: tuple[Frames, ...]
    race: Race
    decided: int
    spikes: int
    shown: int
    taken_back: int

    @property
    def frames_done(self) -> int:
        return self.frames[-1].last if self.frames else 0

    @property
    def frame_count(self) -> int:
        """Frames of the whole run."""
        return -(-self.steps // self.steps_per_frame)


class PlaybackRecorder:
    """Makes a `Playback` of the windows of one sample's run.

    Parameters
    ----------
    network : SpikingNetwork
    layers : tuple of str
        Recorded layers.
    settings : Simulation
    """

    def __init__(self, network: SpikingNetwork, layers: tuple[str, ...], settings: Simulation):
        self.network, self.layers, self.settings = network, layers, settings
        self._every = -(-settings.steps // MOST_FRAMES)
        self._count = -(-settings.steps // self._every)
        self._random = np.random.default_rng(0)  # The same spikes each time.
        self._room = 0.0
        self._frames: list[Frames] = []
        self._done = 0
        nothing = np.zeros(0, np.int64), np.zeros(0, np.uint32)
        self._waiting = dict.fromkeys(layers, nothing)
        self.decisions = Decisions(1)
        self._race = _RaceRecorder(network, settings)
        self._run = next(_RUNS)
        self._spikes = self._shown = self._taken_back = 0

    @staticmethod
    def output_steps(network: SpikingNetwork, settings: Simulation) -> np.ndarray:
        """Return the steps, from 1, after which the run's `Recorder` is to keep outputs.

        At most `RACE_POINTS`, and fewer where outputs are so many that they would fill memory.
        """
        every = -(-settings.steps // RACE_POINTS)
        steps = np.arange(settings.steps, 0, -every, dtype=np.int64)[::-1]
        if 8 * len(steps) * network.classes <= OUTPUT_BYTES:
            return steps
        return spread_steps(network.classes, settings.steps)

    def add(self, window: Window, recorder: Recorder, *, regression: bool = False) -> None:
        """Take in the next window, which `recorder` has been given before."""
        self.decisions.follow(recorder.chosen, window.start)
        self._race.follow(recorder, window.stop, regression=regression)
        is_last = window.stop == self.settings.steps
        last = self._count if is_last else window.stop // self._every
        arrived = {name: self._arrived(name, window, last) for name in self.layers}
        if last == self._done:
            return
        counts = {
            name: np.bincount(frame - self._done, minlength=last - self._done)
            for name, (frame, _) in arrived.items()
        }
        share = self._shares(np.sum(list(counts.values()), axis=0))
        kept, events = {}, {}
        for name, (frame, code) in arrived.items():
            if (share < 1).any():
                stays = self._random.random(len(frame)) < share[frame - self._done]
                frame, code = frame[stays], code[stays]
            kept[name] = np.bincount(frame - self._done, minlength=last - self._done)
            events[name] = _packed(code, self.network.population(name).size)
            self._shown += len(code)
        frames = Frames(self._done, last, _narrow(counts), _narrow(kept), events)
        self._frames.append(frames)
        self._done = last

    def _arrived(self, name: str, window: Window, last: int) -> tuple[np.ndarray, np.ndarray]:
        """Return the frame and the code of each spike ahead of a frame; later ones wait."""
        _, step, unit, *sign = window.spikes[name]
        code = unit.astype(np.uint32)
        if sign:
            below = sign[0] < 0
            self._taken_back += int(below.sum())
            code |= below.astype(np.uint32) << 31
        self._spikes += len(step)
        before = self._waiting[name]
        frame = np.concatenate([before[0], step // self._every])
        code = np.concatenate([before[1], code])
        cut = int(np.searchsorted(frame, last))
        self._waiting[name] = frame[cut:], code[cut:]
        return frame[:cut], code[:cut]

    def _shares(self, spikes: np.ndarray) -> np.ndarray:
        """Return the share of each frame's spikes that is kept; quiet frames leave room for others.

        Parameters
        ----------
        spikes : ndarray of int, shape (frames,)
        """
        shares = np.ones(len(spikes))
        for place, count in enumerate(spikes.tolist()):
            self._room += EVENTS_KEPT / self._count
            taken = min(count, self._room)
            self._room -= taken
            shares[place] = taken / count if count else 1.0
        return shares

    def so_far(self) -> Playback:
        """Return what happened until now."""
        return Playback(
            run=self._run,
            network=self.network,
            layers=self.layers,
            steps=self.settings.steps,
            steps_per_frame=self._every,
            clock=Clock(self.settings.dt_ms, windows_shown(self.network)),
            frames=tuple(self._frames),
            race=self._race.so_far(),
            decided=int(self.decisions.since[0]),
            spikes=self._spikes,
            shown=self._shown,
            taken_back=self._taken_back,
        )


def _packed(code: np.ndarray, units: int) -> np.ndarray:
    """Return units with their sign in as few bytes as they need."""
    if units > NARROW_UNITS:
        return code
    return (code & 0x7FFF | code >> 31 << 15).astype(np.uint16)


def _narrow(counts: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    return {name: count.astype(np.uint32) for name, count in counts.items()}


class _RaceRecorder:
    """Reads the outputs that a recorder keeps, each once."""

    def __init__(self, network: SpikingNetwork, settings: Simulation):
        self.network, self.settings = network, settings
        self._points = 0
        self._rows = [np.zeros((0, network.classes), np.float32)]
        self._steps = np.zeros(0, np.int64)

    def follow(self, recorder: Recorder, stop: int, *, regression: bool) -> None:
        """Read what has been kept up to a step."""
        last = int(np.searchsorted(recorder.output_steps, stop, side="right"))
        new = slice(self._points, last)
        total, steps = recorder.outputs[0, new], recorder.output_steps[new]
        if regression or self.network.spike_code.in_turns:
            decoded: list[Any] = [
                values(
                    self.network, row, read_steps(self.network, self.settings, int(step))
                ).reshape(1, -1)
                for row, step in zip(total, steps, strict=True)
            ]
        else:
            decoded = [net_counts(self.network, total)]
        self._rows.append(np.concatenate([self._rows[0][:0], *decoded]).astype(np.float32))
        self._steps, self._points = recorder.output_steps[:last], last

    def so_far(self) -> Race:
        self._rows = [np.concatenate(self._rows)]
        return Race(self._steps, self._rows[0])
