"""NIR: one graph that many frameworks and chips read, with notes on what each makes of it."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import IO, Literal

from workbench.errors import ExportError
from workbench.exporters.file_header import header
from workbench.exporters.nir.nir_graph import ABILITIES, build, largest_number
from workbench.exporters.nir.parity import compare
from workbench.exporters.parity_options import ParityOptions
from workbench.exporters.target import Outcome, Request, Target
from workbench.exporters.unsupported import PLAIN_NEURONS_ONLY
from workbench.network.spiking import SpikingNetwork
from workbench.setting import setting
from workbench.setting_values import Choice
from workbench.util.optional import require

READERS = """Read it with nir 1.0.8 or later:

    import nir
    graph = nir.read("{name}.nir")

Inputs are samples divided by {scale:g}, images as (channels, height, width), given anew in every
step. NIR's own words for IF neurons are a spike where v > v_threshold, then v = v_reset. These
neurons spike where v >= v_threshold, then {reset}; the metadata of every IF node says so,
and readers need to be told:

SpikingJelly 2.0: import_from_nir(graph, dt=1.0), then v_reset = {v_reset} for every IFNode: exact.
sinabs 3.1: spike_fn=SingleSpike, min_v_mem=None; export for it with reader="1.0.4".
snnTorch 1.0 imports IF neurons with a leak of 0.9: set beta to 1.
norse loses pooling: use another reader for networks with average pooling."""


READS = {
    "membrane": "Outputs keep their sign: an output is v_threshold times its spikes plus what its "
    "neuron still holds, less where it started. By spikes alone, outputs below zero are 0; "
    'convert with output_sign="on_off" for a graph whose spikes say all.',
    "on_off": "Outputs keep their sign: the first half of the output neurons (along the channels) "
    "less the second half.",
}
"""What a reader of a graph has to know of outputs below zero."""

Reader = Literal["1.0.8", "1.0.4"]


@dataclass(frozen=True)
class NirOptions(ParityOptions):
    """Options of a graph."""

    reader: Reader = setting(
        "1.0.8",
        Choice(Reader, {"1.0.8": "nir 1.0.8 or later", "1.0.4": "nir 1.0.4, for sinabs"}),
        "Reader",
        "Oldest version of the nir package that can read the file. Versions before 1.0.8, such as "
        "the one of sinabs, know no v_reset: it is left out for them, and is 0.",
    )


def export_nir(request: Request, options: NirOptions) -> Outcome:
    """Write ``NAME.nir``.

    Spikes are compared on the samples with each value rounded to 0 or full scale. Labels are of no
    further use: a graph holds no samples.

    Raises
    ------
    ExportError
        If the nir package is missing, or the file's spikes differ from the simulator's.
    UnsupportedLayerError
        If NIR cannot express parts of the network; all are named.
    """
    require("nir", "Writing .nir files", ExportError)
    import nir

    network = request.network
    graph = build(network, about(network, request.name))
    file = request.destination.file(".nir")
    # In memory first: where a disk is full, HDF5 keeps a file open that it cannot close.
    written = io.BytesIO()
    nir.write(written, graph)
    if options.reader == "1.0.4":
        _leave_out_resets(written)
    file.write_bytes(written.getbuffer())
    parity = compare(request, file, options)
    run = f"import nir\n\ngraph = nir.read({str(request.destination.final('.nir'))!r})"
    return Outcome(parity, _notes(network, largest_number(graph)), run)


def _leave_out_resets(file: IO[bytes]) -> None:
    """Take v_reset out of a file."""
    import h5py

    with h5py.File(file, "a") as stored:
        for node in stored["node/nodes"].values():
            if "v_reset" in node:
                del node["v_reset"]


def about(network: SpikingNetwork, name: str) -> str:
    """Description that the graph carries."""
    hard = network.output.reset == "zero"
    how = READERS.format(
        name=name,
        scale=network.input_scale,
        reset="v = 0" if hard else "v = v - v_threshold",
        v_reset="0.0" if hard else "None",
    )
    return header(network, f"Spiking network '{network.name}' as a NIR graph.", how)


def _notes(network: SpikingNetwork, largest: float) -> tuple[str, ...]:
    notes = [
        "The graph's metadata, 'about', say how to read it in each framework.",
        f"Inputs are samples divided by {network.input_scale:g}. The simulator rounds the current "
        "of an analog input to its grid; a reader does not, so single spikes may differ.",
    ]
    if network.output.read:
        notes.append(READS[network.output.read])
    if network.output.reset == "subtract":
        notes.append(
            "NIR cannot say that neurons reset by subtraction: readers reset to 0 unless told "
            "otherwise, and then lose accuracy."
        )
    if any(p.starts.any() for p in network.populations):
        notes.append(
            "NIR has no initial potentials: they are in the metadata of the IF nodes. Set them by "
            "hand."
        )
    if largest >= 2.0 ** (24 - network.resolution_bits):
        notes.append(
            "Some numbers are too large to keep the whole grid in the 24 bits of float32. Convert "
            "with fewer resolution_bits to be sure that all sums are exact."
        )
    return tuple(notes)


TARGET = Target(
    name="nir",
    title="NIR graph",
    about="A .nir file that SpikingJelly, sinabs and other frameworks read.",
    suffixes=(".nir",),
    write=export_nir,
    options=NirOptions,
    abilities=ABILITIES,
    parity="exact",
    compared="read back, spike trains equal (`==`) for inputs of 0 and full scale; run by "
    "SpikingJelly where it is installed",
    refuses=PLAIN_NEURONS_ONLY,
    runs="Load it in Python",
    takes_steps=False,
)
