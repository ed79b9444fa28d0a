"""What a user can set: how a network is converted, and how it is simulated.

Both classes are frozen; change a setting with `dataclasses.replace`. They are checked when
made, so that a wrong value is refused where it was written.
"""

from __future__ import annotations

import dataclasses
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

import tomli_w

from workbench.errors import SettingsError

NORMALIZATIONS = ("percentile", "max")
RESETS = ("subtract", "zero", "modulo")
MAX_POOLS = ("exact", "fir", "exp", "recent", "relu", "average_pooling")
MAX_POOL_RULES = ("exact", "fir", "exp", "recent")
"""Those under which max pooling passes spikes on; the others leave none."""
OLDER_MAX_POOLS = {"avg": "recent", "average": "average_pooling"}
"""Names that earlier versions wrote, and still read."""
ENCODINGS = ("constant", "poisson", "events")
POLARITIES = ("channels", "merged", "on", "off")
READOUTS = ("counts", "potential")
OUTPUT_SIGNS = ("auto", "membrane", "on_off", "none")
ENGINES = ("auto", "event", "dense", "reference")


def _choice(owner: str, name: str, value: str, accepted: tuple[str, ...]) -> None:
    if value not in accepted:
        raise SettingsError(f"{owner}.{name} is {value!r}; accepted: {', '.join(accepted)}.")


def _between(owner: str, name: str, value: Any, low: float, high: float) -> None:
    ok = isinstance(value, (int, float)) and not isinstance(value, bool) and low <= value <= high
    if not ok:
        raise SettingsError(f"{owner}.{name} is {value!r}; accepted: {low:g} to {high:g}.")


def _whole(owner: str, name: str, value: Any, low: int, high: int) -> None:
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
        raise SettingsError(
            f"{owner}.{name} is {value!r}; accepted: integers from {low:,} to {high:,}."
        )


def _truth(owner: str, name: str, value: Any) -> None:
    if not isinstance(value, bool):
        raise SettingsError(f"{owner}.{name} is {value!r}; accepted: true, false.")


def _per_layer(owner: str, name: str, value: Any, low: float, high: float) -> None:
    if not isinstance(value, Mapping) or not all(isinstance(layer, str) for layer in value):
        example = 99.5 if name == "percentiles" else 1.5
        raise SettingsError(
            f"{owner}.{name} is {value!r}; accepted: a value per layer name, "
            f"as in {{'conv1': {example}}}."
        )
    for layer, number in value.items():
        _between(owner, f"{name}[{layer!r}]", number, low, high)


def _plain(value: Any) -> Any:
    """Return numpy's numbers as Python's, and mappings as copies of their own."""
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    return value.item() if getattr(value, "shape", None) == () else value


def _layer_names(owner: str, setting: str, value: Any) -> tuple[str, ...]:
    names = (value,) if isinstance(value, str) else value
    if not isinstance(names, (tuple, list)) or not all(isinstance(name, str) for name in names):
        raise SettingsError(
            f"{owner}.{setting} is {value!r}; accepted: layer names, or 'all' for every layer."
        )
    return tuple(names)


class _Settings:
    """What both kinds of settings share: plain values, reading and writing."""

    def __post_init__(self) -> None:
        for field_ in dataclasses.fields(self):  # type: ignore[arg-type]
            object.__setattr__(self, field_.name, _plain(getattr(self, field_.name)))
        self._check()

    def _check(self) -> None:
        """Refuse values that are not accepted."""

    def to_toml(self) -> str:
        """Return the settings as TOML text; settings that are None are left out."""
        values = dataclasses.asdict(self)  # type: ignore[call-overload]
        return tomli_w.dumps({key: value for key, value in values.items() if value is not None})

    @classmethod
    def from_toml(cls, text: str) -> Self:
        """Read settings from TOML text; what it leaves out keeps its default.

        Raises
        ------
        SettingsError
            If the text is no TOML, or names a setting that does not exist.
        """
        try:
            values = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise SettingsError(f"The settings are not valid TOML: {error}.") from error
        return cls.from_dict(values)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """Make settings from a mapping, refusing names that do not exist."""
        known = [f.name for f in dataclasses.fields(cls)]  # type: ignore[arg-type]
        unknown = sorted(set(values) - set(known))
        if unknown:
            raise SettingsError(
                f"{cls.__name__} has no setting {', '.join(unknown)}; it has {', '.join(known)}."
            )
        plain = {k: tuple(v) if isinstance(v, list) else v for k, v in values.items()}
        return cls(**plain)


@dataclass(frozen=True)
class Conversion(_Settings):
    """How an analog network becomes a spiking one.

    Parameters
    ----------
    percentile : float, 50 to 100
        Percentile of a layer's positive activations that one spike per step stands for.
    normalization : "percentile" or "max"
        "max" is the percentile 100.
    per_channel : bool
        One scale per channel instead of one per layer.
    threshold : float
        Factor of every layer's threshold; 1 is the normalized threshold.
    thresholds : mapping of layer name to float
        Thresholds of single layers, in place of `threshold`. A layer that becomes several
        populations, as ON and OFF, goes by its own name or by theirs.
    percentiles : mapping of layer name to float
        Percentiles of single layers, in place of `percentile`.
    reset : "subtract", "zero" or "modulo"
        What a spike does to the membrane potential.
    initial_potential : float, -1 to 1
        Membrane potential before the first step, as a fraction of the threshold.
    signed_neurons : bool
        Whether a neuron whose potential has fallen below 0 takes a spike back, while it has one to
        take back: it sends -1 and adds the threshold to its potential. Removes what neurons spiked
        too much because inhibition came late, most of all with an `initial_potential` of 0.5;
        needs reset "subtract".
    max_pool : "exact", "fir", "exp", "recent", "relu" or "average_pooling"
        How max pooling spikes: the maximum of all counts so far ("exact"); the spikes of the input
        that has fired most so far ("fir"), most by an average that forgets exponentially, within
        some 16 steps ("exp"), or most within the last 32 steps ("recent"); or not at all, so that
        every export can say it: max(a, b) = b + relu(a - b), exact, with a neuron for each pair
        ("relu"), or average pooling in its place, an approximation ("average_pooling"). "avg" and
        "average", older names of "recent" and "average_pooling", are read as these.
    spiking_pools : bool
        Whether average pooling gets neurons of its own; otherwise it is part of the next layer.
    output_sign : "auto", "membrane", "on_off" or "none"
        How outputs below zero are read, for which a neuron has no spikes: from the neuron's
        membrane, which keeps what spikes do not carry away ("membrane", with reset "subtract");
        as the difference between the spikes of an ON and an OFF neuron for each output ("on_off");
        or not at all, so that they are 0 ("none"). "auto" takes the membrane, or ON and OFF
        neurons with other resets, if outputs below zero make a difference on the calibration data:
        not behind a rectifier or a softmax.
    resolution_bits : int, 8 to 20
        Weights, biases and thresholds are whole multiples of 2**-resolution_bits.
    """

    percentile: float = 99.9
    normalization: str = "percentile"
    per_channel: bool = False
    threshold: float = 1.0
    thresholds: Mapping[str, float] = field(default_factory=dict)
    percentiles: Mapping[str, float] = field(default_factory=dict)
    reset: str = "subtract"
    initial_potential: float = 0.0
    signed_neurons: bool = False
    max_pool: str = "exact"
    spiking_pools: bool = False
    output_sign: str = "auto"
    resolution_bits: int = 16

    def _check(self) -> None:
        name = "Conversion"
        _between(name, "percentile", self.percentile, 50, 100)
        _choice(name, "normalization", self.normalization, NORMALIZATIONS)
        _truth(name, "per_channel", self.per_channel)
        _between(name, "threshold", self.threshold, 0.01, 100)
        _per_layer(name, "thresholds", self.thresholds, 0.01, 100)
        _per_layer(name, "percentiles", self.percentiles, 50, 100)
        _choice(name, "reset", self.reset, RESETS)
        _between(name, "initial_potential", self.initial_potential, -1, 1)
        _truth(name, "signed_neurons", self.signed_neurons)
        if self.signed_neurons and self.reset != "subtract":
            raise SettingsError(
                f"{name}.signed_neurons is True with reset {self.reset!r}, after which there is no "
                "threshold to give back; accepted: reset 'subtract'. Choose it, or leave "
                "signed_neurons out."
            )
        if isinstance(self.max_pool, str):
            renamed = OLDER_MAX_POOLS.get(self.max_pool, self.max_pool)
            object.__setattr__(self, "max_pool", renamed)
        _choice(name, "max_pool", self.max_pool, MAX_POOLS)
        _truth(name, "spiking_pools", self.spiking_pools)
        _choice(name, "output_sign", self.output_sign, OUTPUT_SIGNS)
        if self.output_sign == "membrane" and self.reset != "subtract":
            raise SettingsError(
                f"{name}.output_sign is 'membrane' with reset {self.reset!r}, which forgets what a "
                "spike leaves over; accepted: reset 'subtract'. Choose it, or output_sign 'on_off'."
            )
        _whole(name, "resolution_bits", self.resolution_bits, 8, 20)


@dataclass(frozen=True)
class Simulation(_Settings):
    """How a spiking network is run.

    Parameters
    ----------
    steps : int
        Number of time steps.
    dt_ms : float
        Length of a step in milliseconds; sets the scale of rates in hertz.
    encoding : "constant", "poisson" or "events"
        Constant current; or input spikes drawn each step with probability
        ``x * input_rate_hz * dt_ms / 1000``; or frames of events of 0 and 1, one frame per step:
        samples of shape (samples, frames, *input shape). "bernoulli", an older name, is read as
        "poisson" at one spike per step for a full-scale input.
    input_rate_hz : float
        Input rate of a full-scale input under "poisson", at most one spike per step. A lower rate
        gives fewer spikes of proportionally more weight: the mean current stays that of the
        constant input, the noise grows.
    refractory_steps : int
        Steps after a spike in which a neuron ignores its input.
    leak : float, 0 to 1
        What a positive potential loses at the start of every step, as a fraction of the threshold.
    delay_steps : int
        Steps that a layer's spikes take to the next layer; 0 within the step, 1 as on hardware.
    clamp_steps : mapping of layer name to int
        First steps in which a layer's potentials stay as they are.
    readout : "counts" or "potential"
        Whether the output's spikes decide, with what its membrane holds where the conversion's
        `output_sign` asks for it; or the membrane potential alone, which then is never reset.
    engine : "auto", "event", "dense" or "reference"
        "auto" takes the event engine; "dense" takes TensorFlow, and a GPU where there is one. All
        engines give the same spikes.
    record : tuple of layer names, or "all"
        Layers whose single spikes and counts per unit are kept.
    record_potentials : tuple of layer names, or "all"
        Layers whose membrane potentials after every step are kept, 8 bytes each.
    seed : int
        Seed of the input spikes; every sample has a stream of its own.
    batch_size : int or None
        Samples simulated together; None chooses by memory.
    threads : int or None
        Worker threads; None takes one a core.
    """

    steps: int = 100
    dt_ms: float = 1.0
    encoding: str = "constant"
    input_rate_hz: float = 200.0
    refractory_steps: int = 0
    leak: float = 0.0
    delay_steps: int = 0
    clamp_steps: Mapping[str, int] = field(default_factory=dict)
    readout: str = "counts"
    engine: str = "auto"
    record: tuple[str, ...] | str = ("output",)
    record_potentials: tuple[str, ...] | str = ()
    seed: int = 0
    batch_size: int | None = None
    threads: int | None = None

    def _check(self) -> None:
        name = "Simulation"
        _whole(name, "steps", self.steps, 1, 1_000_000)
        _between(name, "dt_ms", self.dt_ms, 1e-3, 1e3)
        if self.encoding == "bernoulli":  # the older name of the highest rate
            object.__setattr__(self, "encoding", "poisson")
            object.__setattr__(self, "input_rate_hz", self._highest_rate_hz)
        _choice(name, "encoding", self.encoding, ENCODINGS)
        _between(name, "input_rate_hz", self.input_rate_hz, 1e-3, 1e6)
        _whole(name, "refractory_steps", self.refractory_steps, 0, 1_000_000)
        _between(name, "leak", self.leak, 0, 1)
        _whole(name, "delay_steps", self.delay_steps, 0, 1000)
        _per_layer(name, "clamp_steps", self.clamp_steps, 0, 1_000_000)
        for layer, held in self.clamp_steps.items():
            _whole(name, f"clamp_steps[{layer!r}]", held, 0, 1_000_000)
        _choice(name, "readout", self.readout, READOUTS)
        _choice(name, "engine", self.engine, ENGINES)
        _whole(name, "seed", self.seed, 0, 2**63 - 1)
        if self.batch_size is not None:
            _whole(name, "batch_size", self.batch_size, 1, 1_000_000)
        if self.threads is not None:
            _whole(name, "threads", self.threads, 1, 1024)
        for setting in ("record", "record_potentials"):
            value = getattr(self, setting)
            if value != "all":
                object.__setattr__(self, setting, _layer_names(name, setting, value))
        if self.encoding == "poisson" and self.input_rate_hz > self._highest_rate_hz:
            raise SettingsError(
                f"Simulation.input_rate_hz is {self.input_rate_hz:g} at dt_ms {self.dt_ms:g}: more "
                f"than one spike a step. Accepted: up to {self._highest_rate_hz:g} Hz; lower the "
                "rate or dt_ms."
            )

    @property
    def _highest_rate_hz(self) -> float:
        """Rate of one spike per step."""
        return 1000 / self.dt_ms

    @property
    def input_probability(self) -> float:
        """Probability that a full-scale input spikes in one step."""
        # Divided, not multiplied by dt_ms / 1000: the highest rate gives exactly 1.
        return self.input_rate_hz / self._highest_rate_hz if self.encoding == "poisson" else 1.0
