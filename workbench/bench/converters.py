"""Other packages' own conversions of a trained network, with their defaults, on the same weights.

Each gets the module of `workbench.bench.analog_torch` and, where it asks for them, the calibration
samples; the samples enter as a constant current. The prediction after T steps is the largest of the
outputs added up until then, as the packages' own examples have it.
"""

from __future__ import annotations

import importlib
import io
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stderr
from typing import Any, ClassVar, NamedTuple

import numpy as np

from workbench.bench.analog_torch import channels_first, module_of
from workbench.errors import SimulationError, WorkbenchError
from workbench.methods.calibration import calibrated
from workbench.network.graph import Network
from workbench.settings import Conversion

BATCH = 100
"""Calibration samples at once."""


class Answers(NamedTuple):
    """What a spiking network said after several numbers of steps.

    Parameters
    ----------
    predictions : ndarray of int, shape (samples, numbers of steps)
    spikes, synops : ndarray of float, shape (numbers of steps,)
        Spikes of all hidden neurons, and synaptic operations, of all samples up to then. A spike
        that is sent several times in a step counts as often.
    """

    predictions: np.ndarray
    spikes: np.ndarray
    synops: np.ndarray


class Converter(ABC):
    """A package's conversion; the parameters are the network and its calibration samples.

    Raises
    ------
    SimulationError
        If the network has layers that cannot be given to other packages, or the package fails.
    """

    package: ClassVar[str]
    title: ClassVar[str]
    sends_counts: ClassVar[bool] = False
    """Whether a neuron may spike several times in a step, and sends their number."""

    def __init__(self, network: Network, calibration: Any):
        self.torch = importlib.import_module("torch")
        self._sent: dict[Any, Any] = {}
        module = module_of(network)
        # Bars of progress of the packages would run through ours.
        with self._failing(), redirect_stderr(io.StringIO()):
            self.model = self.converted(module, channels_first(np.asarray(calibration)))
        self._synapses = calibrated(network, calibration, Conversion())
        self._hidden = self._synapses.populations[1:-1]
        self.neurons = sum(p.neurons for p in self._hidden if p.kind == "if")

    @abstractmethod
    def converted(self, module: Any, calibration: Any) -> Any:
        """Return what the package makes of a module."""

    @abstractmethod
    def outputs(self, x: Any, steps: int) -> Iterator[Any]:
        """Yield the outputs of every step, shape (samples, classes)."""

    def run(self, x: np.ndarray, stops: Sequence[int]) -> Answers:
        """Run samples once, and say what was predicted after each number of steps."""
        with self._failing(), self.torch.inference_mode():
            total: Any = 0
            self._sent.clear()
            found = []
            for step, output in enumerate(self.outputs(channels_first(x), max(stops)), start=1):
                total = total + output
                if step in stops:
                    found.append((total.argmax(-1).numpy(), *self._costs()))
        predictions, spikes, synops = zip(*found, strict=True)
        return Answers(np.stack(predictions, axis=1), np.array(spikes), np.array(synops))

    def watch(self, model: Any, neurons: Any) -> None:
        """Follow what neurons of a class, and max pooling behind them, send."""

        def add(module: Any, _given: Any, sent: Any) -> None:
            # Behind max pooling, spikes may have been scaled.
            spikes = sent if isinstance(module, neurons) or self.sends_counts else sent != 0
            self._sent[module] = self._sent.get(module, 0) + spikes.sum(0)

        for module in model.modules():
            if isinstance(module, (neurons, self.torch.nn.MaxPool2d)):
                module.register_forward_hook(add)

    def _costs(self) -> tuple[float, float]:
        """Return spikes and synaptic operations until now; the populations have the same order."""
        of_all = {}
        for population, sent in zip(self._hidden, self._sent.values(), strict=True):
            of_all[population.name] = sent.movedim(0, -1).reshape(-1).numpy().astype(np.float64)
        neural = [p for p in self._hidden if p.kind == "if"]
        synops = 0.0
        for population in (*neural, self._synapses.output):
            for projection in self._synapses.incoming(population.name):
                if projection.source in of_all:
                    synops += float(of_all[projection.source] @ projection.fan_out())
        return sum(float(of_all[p.name].sum()) for p in neural), synops

    @contextmanager
    def _failing(self) -> Iterator[None]:
        """Pass on what a package raises, which may be anything, as a sentence."""
        try:
            yield
        except WorkbenchError:
            raise
        except Exception as error:
            raise SimulationError(
                f"{self.title} failed: {type(error).__name__}: {error}"
            ) from error


class SpikingJellyConverter(Converter):
    """`ann2snn` with its rate-coding recipe: scales of the largest activations, IF neurons."""

    package, title = "spikingjelly", "SpikingJelly ann2snn"

    def converted(self, module: Any, calibration: Any) -> Any:
        based = "spikingjelly.activation_based"
        ann2snn = importlib.import_module(f"{based}.ann2snn")
        recipe = ann2snn.RateCodingRecipe(dataloader=calibration.split(BATCH))
        self._functional = importlib.import_module(f"{based}.functional")
        model = ann2snn.Converter(recipe).convert(module).eval()
        self.watch(model, importlib.import_module(f"{based}.neuron").IFNode)
        return model

    def outputs(self, x: Any, steps: int) -> Iterator[Any]:
        self._functional.reset_net(self.model)
        for _ in range(steps):
            yield self.model(x)


class SinabsConverter(Converter):
    """`from_model`, which takes the weights as they are; neurons may spike several times a step."""

    package, title = "sinabs", "sinabs from_model"
    sends_counts = True

    def converted(self, module: Any, calibration: Any) -> Any:
        sinabs = importlib.import_module("sinabs.from_torch")
        layers = importlib.import_module("sinabs.layers")
        self._stateful = layers.StatefulLayer
        model = sinabs.from_model(module, num_timesteps=1).spiking_model.eval()
        self.watch(model, layers.IAFSqueeze)
        return model

    def outputs(self, x: Any, steps: int) -> Iterator[Any]:
        for module in self.model.modules():
            if isinstance(module, self._stateful):
                module.reset_states()
        for _ in range(steps):
            yield self.model(x)


CONVERTERS: tuple[type[Converter], ...] = (SpikingJellyConverter, SinabsConverter)
