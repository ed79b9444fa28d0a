"""How a spiking network is run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from workbench.errors import SettingsError
from workbench.setting import Settings, documented, setting
from workbench.setting_values import Choice, Integer, LayerNames, Number, PerLayer

Encoding = Literal["constant", "poisson", "events"]
Polarity = Literal["channels", "merged", "on", "off"]
Readout = Literal["counts", "potential"]
Engine = Literal["auto", "event", "dense", "reference"]

POLARITIES: tuple[Polarity, ...] = get_args(Polarity)

_STEPS = Integer(0, 1_000_000)
_TIME_STEPS = (*range(1, 11), 12, 14, 16, 18, *range(20, 501, 5))


@documented
@dataclass(frozen=True)
class Simulation(Settings):
    """How a spiking network is run."""

    steps: int = setting(
        100,
        Integer(1, 1_000_000),
        "Time steps",
        "Time steps that every sample is simulated for; accuracy is known after each of them.",
        places=_TIME_STEPS,
        step=5,
    )
    dt_ms: float = setting(
        1.0,
        Number(1e-3, 1e3),
        "Step dt",
        "Length of a time step; sets the scale of rates in hertz and of times in milliseconds.",
        unit="ms",
        group="Input",
    )
    encoding: Encoding = setting(
        "constant",
        Choice(
            Encoding,
            {"constant": "constant current", "poisson": "Poisson spikes"},
            {"bernoulli": "poisson"},
        ),
        "Encoding",
        "How samples enter the network: as a constant current, as random (Poisson) spikes, or as "
        "recorded events, one frame of 0 and 1 per step.",
        details="A Poisson input spikes with probability ``x * input_rate_hz * dt_ms / 1000`` in a "
        "step. Events are samples of shape (samples, frames, *input shape). "
        '"bernoulli", an older name, is read as "poisson" at one spike per step for a full-scale '
        "input.",
        group="Input",
    )
    input_rate_hz: float = setting(
        200.0,
        Number(1e-3, 1e6),
        "Input rate",
        "Rate of a full-scale input with Poisson encoding, at most one spike per step. A lower "
        "rate gives fewer spikes of proportionally more weight: the mean current stays the same, "
        "the noise grows.",
        unit="Hz",
        step=50,
        group="Input",
    )
    refractory_steps: int = setting(
        0,
        _STEPS,
        "Refractory",
        "Steps after a spike in which a neuron ignores its input.",
        unit="steps",
        group="Neurons",
    )
    leak: float = setting(
        0.0,
        Number(0, 1),
        "Leak",
        "Amount that a positive potential loses at the start of every step, as a fraction of the "
        "threshold.",
        step=0.01,
        group="Neurons",
    )
    delay_steps: int = setting(
        0,
        Integer(0, 1000),
        "Delay",
        "Steps that spikes take from one layer to the next: 0 is within the same step, 1 as on "
        "hardware.",
        unit="steps",
        group="Neurons",
    )
    clamp_steps: Mapping[str, int] = setting(
        {},
        PerLayer(_STEPS, 10),
        "Clamp",
        "Number of first steps in which a layer's membrane potentials do not change, for single "
        "layers.",
        unit="steps",
        flag="--layer-clamp-steps",
    )
    readout: Readout = setting(
        "counts",
        Choice(Readout, {"counts": "output spikes", "potential": "output potential"}),
        "Readout",
        "What the output is read from: its spikes, or its membrane potential only, which is then "
        "never reset.",
        details='With "counts", the membrane potential is added where the conversion\'s '
        "`output_sign` needs it.",
        group="Read-out",
    )
    readout_after: int = setting(
        0,
        _STEPS,
        "Readout after",
        "First steps that do not count when outputs are read: deep layers begin late.",
        details="Outputs are read from what they have sent, or gathered, since the end of that "
        "step; samples are undecided until then. Helps where layers have one scale for all of "
        "their channels and runs are short; costs accuracy in shallow networks.",
        unit="steps",
        group="Read-out",
    )
    engine: Engine = setting(
        "auto",
        Choice(Engine, {"auto": "automatic", "dense": "dense (TensorFlow)"}),
        "Engine",
        "The program that computes the run; all engines give the same spikes.",
        details='"auto" takes the event engine; "dense" takes TensorFlow, and a GPU where there is '
        'one; "reference" is NumPy, slow and easy to read.',
        group="Computation",
        of_machine=True,
    )
    record: tuple[str, ...] | str = setting(
        ("output",),
        LayerNames(),
        "Record",
        "Layers whose individual spikes and counts per unit are kept.",
        group=None,
        of_machine=True,
    )
    record_potentials: tuple[str, ...] | str = setting(
        (),
        LayerNames(),
        "Record potentials",
        "Layers whose membrane potentials after every step are kept, 8 bytes each.",
        group=None,
        of_machine=True,
    )
    seed: int = setting(
        0,
        Integer(0, 2**63 - 1),
        "Seed",
        "Seed of the random input spikes; every sample has a stream of its own.",
        group="Input",
    )
    batch_size: int | None = setting(
        None,
        Integer(1, 1_000_000, none="chosen by memory"),
        "Batch size",
        "Samples simulated together; chosen by memory unless you give a number.",
        group=None,
        of_machine=True,
    )
    threads: int | None = setting(
        None,
        Integer(1, 1024, none="one per core"),
        "Threads",
        "Threads that compute; one per core unless you give a number.",
        group="Computation",
        of_machine=True,
    )

    def __post_init__(self) -> None:
        at_highest_rate = self.encoding == "bernoulli"
        super().__post_init__()
        if at_highest_rate:
            object.__setattr__(self, "input_rate_hz", self._highest_rate_hz)
        if self.encoding == "poisson" and self.input_rate_hz > self._highest_rate_hz:
            raise SettingsError(
                f"Simulation.input_rate_hz is {self.input_rate_hz:g} at dt_ms {self.dt_ms:g}: more "
                f"than one spike per step. Accepted: up to {self._highest_rate_hz:g} Hz; lower the "
                "rate or dt_ms."
            )
        if self.readout_after >= self.steps:
            raise SettingsError(
                f"Simulation.readout_after is {self.readout_after:,} with {self.steps:,} steps, "
                f"after which nothing is left to read; accepted: 0 to {self.steps - 1:,}. Lower "
                "it, or run more steps."
            )

    def read_steps(self, step: int) -> int:
        """Steps that outputs have been read for after so many steps of a run; at least 1."""
        return max(1, step - self.readout_after)

    @property
    def _highest_rate_hz(self) -> float:
        """Rate of one spike per step."""
        return 1000 / self.dt_ms

    @property
    def input_probability(self) -> float:
        """Probability that a full-scale input spikes in one step."""
        # Divided, not multiplied by dt_ms / 1000: the highest rate gives exactly 1.
        return self.input_rate_hz / self._highest_rate_hz if self.encoding == "poisson" else 1.0
