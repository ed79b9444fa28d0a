"""How an analog network becomes a spiking one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal

from workbench.errors import SettingsError
from workbench.neuron_rules import (
    KEEPING_SUM,
    LARGEST_PAYLOAD,
    MOST_LEVELS,
    RESET_RULES,
    RESETS,
    SPIKE_RULES,
    Neurons,
    Reset,
)
from workbench.setting import OlderTruth, Settings, documented, setting
from workbench.setting_values import Choice, Integer, Number, PerLayer, Truth
from workbench.spike_codes import CODES, Code, SpikeCode, refusal

Normalization = Literal["percentile", "max", "mmse", "search"]
Calibration = Literal["none", "potential", "bias"]
MaxPool = Literal["exact", "fir", "exp", "recent", "relu", "average_pooling"]
OutputSign = Literal["auto", "membrane", "on_off", "none"]
Payload = Literal["power_of_two", "unary"]

MAX_POOL_RULES: tuple[MaxPool, ...] = ("exact", "fir", "exp", "recent")
"""Those under which max pooling passes spikes on; the others leave none."""
OLDER_MAX_POOLS: Mapping[str, MaxPool] = {"avg": "recent", "average": "average_pooling"}
"""Names that earlier versions wrote, and still read."""

_PERCENTILE = Number(50, 100)
_THRESHOLD = Number(0.01, 100)

_ACTIONS = [RESET_RULES[name].action for name in RESETS]
_KEEPING = ", ".join(map(repr, KEEPING_SUM))

# Places of sliders. Percentiles are fine near 100: distances from 100 with two digits, 20 a decade.
_PERCENTILES = tuple(
    sorted({*(round(100 - float(f"{10 ** (1.7 - k / 20):.2g}"), 6) for k in range(95)), 100.0})
)
_THRESHOLDS = tuple(float(f"{10 ** (k / 50 - 1):.3g}") for k in range(101))
_POTENTIALS = tuple(round(k / 20 - 1, 2) for k in range(41))


@documented
@dataclass(frozen=True)
class Conversion(Settings):
    """How an analog network becomes a spiking one."""

    older: ClassVar[Mapping[str, OlderTruth]] = {
        "signed_neurons": OlderTruth("neurons", "signed", "if")
    }

    percentile: float = setting(
        99.9,
        _PERCENTILE,
        "Percentile",
        "The activation that one spike per step represents, as a percentile of the layer's "
        "positive activations. A lower percentile makes neurons fire more often, but clips more "
        "activations.",
        places=_PERCENTILES,
    )
    normalization: Normalization = setting(
        "percentile",
        Choice(
            Normalization,
            {"max": "maximum", "mmse": "least error (MMSE)", "search": "search by simulation"},
        ),
        "Normalization",
        "Which activation one spike per step stands for: the percentile, the maximum, or what "
        "leaves the least error for a few steps.",
        details='"max" is the percentile 100. "mmse" takes the value between a quarter of the '
        "maximum and the maximum at which `levels` equal steps have the least squared error on the "
        'calibration data. "search" multiplies the percentile by 0.5 to 1.2, whichever leaves the '
        "least squared error when `calibrate_samples` samples are simulated for `calibrate_steps` "
        "steps, and adds the mean error that is left to the biases.",
        group="Normalization",
    )
    levels: int = setting(
        8,
        Integer(1, 1024),
        "Levels",
        'Equal steps of an activation, from 0 to its scale: those for which normalization "mmse" '
        'looks for the scale, and those of one-shot neurons and of the codes "phase" and '
        '"ttfs_steps".',
        group="Normalization",
    )
    per_channel: bool = setting(
        False,
        Truth(),
        "Per channel",
        "One scale per channel instead of one per layer.",
        group="Normalization",
    )
    threshold: float = setting(
        1.0,
        _THRESHOLD,
        "Threshold",
        "A neuron spikes when its membrane potential reaches its threshold. Factor of every "
        "layer's threshold; 1 is the normalized threshold.",
        places=_THRESHOLDS,
        step=0.05,
    )
    thresholds: Mapping[str, float] = setting(
        {},
        PerLayer(_THRESHOLD, 1.5, common="threshold"),
        "Thresholds",
        "Thresholds of single layers, instead of the common one.",
        details="If a layer becomes several populations, such as ON and OFF, use its name or "
        "theirs.",
        flag="--layer-threshold",
        step=0.05,
    )
    percentiles: Mapping[str, float] = setting(
        {},
        PerLayer(_PERCENTILE, 99.5, common="percentile"),
        "Percentiles",
        "Percentiles of single layers, instead of the common one.",
        details="The output is not clipped unless it has a percentile here.",
        flag="--layer-percentile",
    )
    reset: Reset = setting(
        "subtract",
        Choice(Reset, {name: RESET_RULES[name].label for name in RESETS}),
        "Reset",
        f"What a spike does to the membrane potential: {', '.join(_ACTIONS[:-1])}, or "
        f"{_ACTIONS[-1]}.",
        group="Neurons",
    )
    initial_potential: float = setting(
        0.0,
        Number(-1, 1),
        "Initial potential",
        "Membrane potential before the first step, as a fraction of the threshold; 0.5 rounds "
        "rates instead of rounding down.",
        places=_POTENTIALS,
        step=0.05,
        group="Neurons",
    )
    calibrate: Calibration = setting(
        "none",
        Choice(Calibration, {"potential": "initial potentials", "bias": "biases"}),
        "Calibrate",
        "Corrects the mean error that spikes leave on the calibration data: by the initial "
        "potential of every neuron, or by the biases.",
        details="Layer by layer, `calibrate_samples` samples are simulated for `calibrate_steps` "
        'steps and compared with the analog network. "potential" adds the error of each neuron to '
        "its initial potential, where it counts less the longer a run is; not every export target "
        'can express that. "bias" adds the error of each channel to its bias, which every target '
        "can express, but which is right for runs of about `calibrate_steps` steps only.",
        group="Calibration",
    )
    calibrate_steps: int = setting(
        4,
        Integer(1, 1000),
        "Calibrate for",
        "Time steps of the runs that calibration and search measure; best as many as you will "
        "simulate.",
        unit="steps",
        group="Calibration",
    )
    calibrate_samples: int = setting(
        200,
        Integer(1, 100_000),
        "Calibrate samples",
        "Calibration samples, from the first, that calibration and search simulate.",
        group="Calibration",
    )
    calibrate_rounds: int = setting(
        1,
        Integer(1, 16),
        "Calibrate rounds",
        "How often calibration corrects each layer by the mean error that is left; several rounds "
        "help runs of few steps.",
        group="Calibration",
    )
    neurons: Neurons = setting(
        "if",
        Choice(
            Neurons,
            {"if": "plain (integrate and fire)"}
            | {name: rule.label for name, rule in SPIKE_RULES.items() if name != "plain"},
        ),
        "Neurons",
        "What neurons send: a spike of 1; also -1, which corrects spikes that came too early; or "
        "graded spikes, which carry a number, for one to four steps.",
        details='All but "if" need reset by subtraction. "signed": a neuron whose potential has '
        "fallen below 0 after it spiked sends -1 and adds the threshold to its potential; most "
        'useful with an `initial_potential` of 0.5. "multi_threshold": a spike carries the '
        "largest of the `taps` fractions 1, 1/2, 1/4, ... of the threshold that the potential "
        "reaches three quarters of, and is negative where the potential is as far below 0. "
        '"one_shot": input and biases enter once, in the first step, and neurons send until their '
        "sum is the activation rounded to `levels` steps: the network settles at the quantized "
        "one, and then costs nothing. A neuron never takes back more than it sent. The older "
        "`signed_neurons=True` is still read.",
        group="Neurons",
    )
    taps: int = setting(
        4,
        Integer(1, LARGEST_PAYLOAD.bit_length()),
        "Taps",
        "Sizes of a multi-threshold spike: 1, 1/2, 1/4, ... of the threshold.",
        group="Neurons",
    )
    payload: Payload = setting(
        "power_of_two",
        Choice(Payload, {"power_of_two": "powers of two", "unary": "1 or -1"}),
        "Payload",
        "What a one-shot spike carries: 1, 2, 4, ... steps of the activation at once, or always "
        "one step.",
        group="Neurons",
    )
    code: Code = setting(
        "rate",
        Choice(Code, {name: each.label for name, each in CODES.items()}),
        "Spike code",
        "How spikes carry activations: by their number, or by when they come; then layers take "
        "turns.",
        details="; ".join(f'"{name}": {each.meaning}' for name, each in CODES.items())
        + '. "phase" and "ttfs_steps" give each layer a window of `levels` time steps, in which '
        "it sends the activation that it has rounded to `levels` levels. With all codes but "
        '"rate", outputs are read from potentials, and the length of a run follows from the '
        'network; with "phase" and "ttfs_steps", initial potentials are those that round. "ttfs" '
        "takes 1.5 times the largest activation as its scale.",
        group="Spike code",
    )
    max_pool: MaxPool = setting(
        "exact",
        Choice(
            MaxPool,
            {
                "exact": "exact",
                "fir": "most active input",
                "exp": "most active (exponential average)",
                "recent": "most active in the last 32 steps",
                "relu": "plain neurons (relu of differences)",
                "average_pooling": "average pooling (approximate)",
            },
            OLDER_MAX_POOLS,
        ),
        "Max pooling",
        "How max pooling works on spikes: the exact maximum of all counts so far, the spikes of "
        "the most active input, plain neurons, or average pooling instead.",
        details='"exact" passes on the maximum of all counts so far. "fir" passes on the spikes of '
        'the input that has fired most so far, "exp" of the input with the largest exponential '
        'average (over about 16 steps), "recent" of the input that has fired most in the last 32 '
        'steps. "relu" is exact and needs plain neurons only, one for each pair: max(a, b) = b + '
        'relu(a - b). "average_pooling" is an approximation. The older names "avg" and "average" '
        'are read as "recent" and "average_pooling".',
        group="Neurons",
    )
    spiking_pools: bool = setting(
        False,
        Truth(),
        "Spiking pools",
        "Average pooling gets neurons of its own; otherwise it is part of the next layer.",
        group="Neurons",
    )
    output_sign: OutputSign = setting(
        "auto",
        Choice(
            OutputSign,
            {
                "auto": "chosen by the data",
                "membrane": "read from membranes",
                "on_off": "ON and OFF neurons",
                "none": "read as 0",
            },
        ),
        "Output sign",
        "How outputs below zero are read, which spikes cannot express: from the neuron's "
        "membrane, from ON and OFF neurons, or as 0.",
        details='"membrane" reads spikes and the remaining membrane potential together; it needs '
        'reset "subtract". "on_off" takes the difference between the spikes of an ON and an OFF '
        'neuron for each output. With "none" such outputs are 0. "auto" chooses "membrane" with '
        'reset "subtract" and "on_off" with other resets, if outputs below zero matter on the '
        "calibration data (not after a rectifier or a softmax).",
        group="Read-out",
    )
    resolution_bits: int = setting(
        16,
        Integer(8, 20),
        "Resolution",
        "Weights, biases and thresholds are integer multiples of 2**-bits, so that every engine "
        "adds them without rounding.",
        unit="bits",
        group="Normalization",
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.neurons != "if" and self.reset not in KEEPING_SUM:
            raise SettingsError(
                f"Conversion.neurons is {self.neurons!r} with reset {self.reset!r}; accepted: "
                f"reset {_KEEPING}, because a spike below 0 takes back a subtracted threshold. "
                "Choose that reset, or neurons 'if'."
            )
        if self.neurons == "one_shot":
            self._check_one_shot()
        if self.output_sign == "membrane" and self.reset not in KEEPING_SUM:
            raise SettingsError(
                f"Conversion.output_sign is 'membrane' with reset {self.reset!r}, which discards "
                f"the rest of the potential at a spike; accepted: reset {_KEEPING}. Choose that "
                "reset, or output_sign 'on_off'."
            )

        if problem := refusal(self.code, "conversion", self):
            raise SettingsError(problem)

    def _check_one_shot(self) -> None:
        wrong = {
            "levels": (self.levels <= MOST_LEVELS, f"1 to {MOST_LEVELS}"),
            "initial_potential": (
                self.initial_potential in (0, 0.5),
                "0 and 0.5, because they start at half a step whatever it is",
            ),
            "calibrate": (self.calibrate == "none", "'none'"),
            "normalization": (
                self.normalization != "search",
                "'percentile', 'max' and 'mmse', because spikes are searched for over many steps",
            ),
            "max_pool": (
                self.max_pool not in MAX_POOL_RULES[1:],
                "'exact', 'relu' and 'average_pooling', because the others lose what came before",
            ),
            "output_sign": (
                self.output_sign in ("auto", "membrane"),
                "'auto' and 'membrane', because outputs are read by their potentials",
            ),
        }
        for name, (fits, accepted) in wrong.items():
            if not fits:
                raise SettingsError(
                    f"Conversion.{name} is {getattr(self, name)!r} with neurons 'one_shot'; "
                    f"accepted there: {accepted}. Change it, or choose other neurons."
                )

    @property
    def spike_code(self) -> SpikeCode:
        """All that is known of the code."""
        return CODES[self.code]

    @property
    def signed_neurons(self) -> bool:
        """Whether neurons are signed: the older form of ``neurons="signed"``."""
        return self.neurons == "signed"

    @property
    def simulates(self) -> bool:
        """Whether converting simulates layers on the way, to choose scales or to calibrate."""
        return self.normalization == "search" or self.calibrate != "none"
