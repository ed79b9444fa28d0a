"""A recorded simulation as tables: spikes, potentials, rates, outputs and cost."""

from __future__ import annotations

import numpy as np
import pandas as pd

from workbench.analysis.correlation import decoded_activations
from workbench.analysis.energy import Energy
from workbench.analysis.operations import energy_table, operations
from workbench.analysis.rates import rates
from workbench.errors import SettingsError
from workbench.network.readout import net_counts, one_spike_moves
from workbench.network.recording import Recording


class RunTables:
    """What a recording holds, as the arrays and tables that people ask for.

    Parameters
    ----------
    recording : Recording
    """

    def __init__(self, recording: Recording):
        self.recording = recording

    @property
    def layers(self) -> tuple[str, ...]:
        """Names of the recorded layers, input to output."""
        return self.recording.layers

    @property
    def steps(self) -> int:
        """Number of time steps."""
        return self.recording.steps

    @property
    def elapsed_s(self) -> float:
        """Seconds the simulation took."""
        return self.recording.elapsed_s

    @property
    def output_counts(self) -> np.ndarray:
        """Output spikes, as of `counts`; int32 or float64, shape (samples, classes).

        Where outputs keep their sign, spikes below zero are negative: those of the OFF neurons, or
        the thresholds that a membrane lies below zero. `SpikingNetwork.decode` makes values of
        them, rounded to single spikes; `outputs` does not round what a membrane holds.
        """
        r = self.recording
        output = r.network.output
        counts = net_counts(r.network, r.gathered[:, -1]) if output.read else r.output_counts
        return output.in_thresholds(counts)

    def outputs(self, *, activation: bool = True) -> np.ndarray:
        """Outputs after the last step, decoded into the units of the analog network.

        Parameters
        ----------
        activation : bool
            Whether the activation of the analog network's output, such as a softmax, is applied.
            Outputs of a softmax below zero have no spikes and count as 0 before it is, unless the
            run has ``readout="potential"``.

        Returns
        -------
        ndarray of float64, shape (samples, *output shape)
            What `Network.forward` gives, as far as spikes represent it so far: the difference falls
            as 1 / steps.
        """
        return self.recording.outputs(activation=activation)

    def output_errors(self) -> np.ndarray:
        """Uncertainty of `outputs`: by how much one output spike more or less changes a value.

        Returns
        -------
        ndarray of float64, shape (samples, *output shape)
            ``theta * lambda / steps`` for a linear output: the step of the spike code. The larger
            of both changes where there is another activation.
        """
        r = self.recording
        steps = r.network.output.averaged_over(r.read_steps(r.steps))
        spike = r.network.theta(r.network.output) * np.asarray(r.network.output.scale) / steps
        return one_spike_moves(
            r.network.output.output_activation, r.outputs(activation=False), spike
        )

    def predictions(self) -> np.ndarray:
        """Return the class of each sample after the last step.

        The largest output. A tie goes to the higher membrane potential, and a sample is undecided
        where no output neuron has spiked, or nothing has reached an output that is read from its
        membrane. A single output distinguishes two classes: 1 above zero, 0 below.

        Returns
        -------
        ndarray of int64, shape (samples,)
            -1 where undecided.
        """
        return self.recording.predictions[:, -1].astype(np.int64)

    def _recorded(self, layer: str) -> str:
        name = self.recording.network.population(layer).name
        if name not in self.layers:
            raise SettingsError(
                f"Layer '{name}' was not recorded; recorded: {', '.join(self.layers)}. Simulate "
                f"with Simulation(record=('{name}',)) or record='all'."
            )
        return name

    def spikes(self, layer: str) -> pd.DataFrame:
        """Single spikes of a recorded layer.

        Parameters
        ----------
        layer : str
            One of `layers`.

        Returns
        -------
        DataFrame
            sample, step, unit; ordered so. Steps count from 0 here: they are positions in time.
            `rates` and `accuracy` have a row after each step, and count from 1. Layers of signed
            neurons also have the columns sign: 1, or -1 where a spike takes something back; and
            payload: what it carries, with its sign, in units of the threshold. With the code "ttfs"
            it is sample, time (in windows, float64), unit, ordered by these.

        Raises
        ------
        SettingsError
            If the layer was not recorded, or does not exist.
        """
        name = self._recorded(layer)
        population = self.recording.network.population(name)
        sample, step, unit, *payload = self.recording.events[name]
        if self.recording.network.spike_code.is_continuous:
            times = self.recording.times[name]
            table = pd.DataFrame({"sample": sample, "time": times, "unit": unit})
            return table.sort_values(["sample", "time", "unit"], ignore_index=True)
        table = pd.DataFrame({"sample": sample, "step": step, "unit": unit})
        if payload:
            table["sign"] = np.sign(payload[0])
            table["payload"] = population.in_thresholds(payload[0])
        return table

    @property
    def early_spikes(self) -> pd.Series:
        """Neurons that reached their threshold before their window, with the code "ttfs".

        Returns
        -------
        Series of int
            By layer, all samples together. Each of them sent its spike as its window began, so that
            its activation was clipped: an error. Empty with other codes.
        """
        return pd.Series(self.recording.early, name="early_spikes", dtype=np.int64)

    def counts(self, layer: str) -> np.ndarray:
        """Spikes per unit of a recorded layer.

        Parameters
        ----------
        layer : str
            One of `layers`.

        Returns
        -------
        ndarray of int32 or float64, shape (samples, *layer shape)
            Sums of payloads: negative spikes are subtracted, and graded spikes count as what they
            carry, in units of the threshold; fractions of it are float64. Where layers
            take turns (codes other than "rate"), spikes are counted: see `decoded`.

        Raises
        ------
        SettingsError
            If the layer was not recorded, or does not exist.
        """
        name = self._recorded(layer)
        population = self.recording.network.population(name)
        counts = self.recording.counts[name].reshape(-1, *population.shape)
        return population.in_thresholds(counts)

    def potentials(self, layer: str) -> np.ndarray:
        """Membrane potentials of a layer after every step, if the run recorded them.

        Parameters
        ----------
        layer : str

        Returns
        -------
        ndarray of float64, shape (samples, steps, *layer shape)
            In units of a normalized threshold, so that neurons spike where they reach the
            threshold that `SpikingNetwork.summary` gives; what is left after a spike's reset.

        Raises
        ------
        SettingsError
            If the layer's potentials were not recorded, or it does not exist.
        """
        r = self.recording
        population = r.network.population(layer)
        if population.name not in r.potentials:
            recorded = ", ".join(r.potentials) or "none"
            raise SettingsError(
                f"The potentials of layer '{population.name}' were not recorded; recorded: "
                f"{recorded}. Simulate with "
                f"Simulation(record_potentials=('{population.name}',))."
            )
        values = r.potentials[population.name] * r.network.grid_unit(population)
        return values.reshape(r.samples, r.steps, *population.shape)

    def decoded(self, layer: str) -> np.ndarray:
        """Activations that a recorded layer's spikes represent after the last step.

        Parameters
        ----------
        layer : str

        Returns
        -------
        ndarray of float64, shape (samples, *layer shape)
            In the units of the analog network; `outputs` for the output layer.

        Raises
        ------
        SettingsError
            If the layer was not recorded, or does not exist.
        """
        return decoded_activations(self.recording, self._recorded(layer))

    def rates(self) -> pd.DataFrame:
        """Mean firing rate per layer and step.

        Returns
        -------
        DataFrame
            layer, step (from 1), mean_rate (spikes per unit and step), rate_hz.
        """
        return rates(self.recording)

    def operations(self, energy: Energy | str | None = None) -> pd.DataFrame:
        """Cost per layer, as means per sample.

        Parameters
        ----------
        energy : Energy or str, optional
            Picojoules per operation, or the name of a preset: "45nm" by default, "loihi".

        Returns
        -------
        DataFrame
            layer, spikes, synops (one per synapse that a spike reaches), macs (of a constant input,
            charged once), neuron_updates, and three estimates of energy in picojoules: energy_pj
            (arithmetic alone), energy_memory_pj (with memory traffic), energy_ann_pj (the network
            quantized to the same precision, on the same memory).

        Raises
        ------
        SettingsError
            If there is no such preset.
        """
        return operations(self.recording, energy)

    def energy(self, energy: Energy | str | None = None) -> pd.DataFrame:
        """Energy per layer and in total, beside that of the network as a quantized one.

        Parameters
        ----------
        energy : Energy or str, optional
            As of `operations`.

        Returns
        -------
        DataFrame
            layer ("total" in the last row), activity (spikes per neuron and step), compute_pj,
            with_memory_pj, ann_pj, ratio (with memory, to the quantized network; below 1 the
            spiking network needs less), break_even_activity (the activity at which it would be 1;
            0 where neurons alone, without any spike, cost more; NaN where a layer was silent).
            Means per sample. These are estimates from published figures, see
            `workbench.analysis.energy`.

        Raises
        ------
        SettingsError
            If there is no such preset.
        """
        return energy_table(self.recording, energy)
