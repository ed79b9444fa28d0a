"""Brian2: a script of its own that gives the workbench's spikes, at the same steps."""

from __future__ import annotations

from workbench.exporters.abilities import Abilities
from workbench.exporters.brian2.inside import BYTES_PER_SYNAPSE
from workbench.exporters.brian2.script import script_of
from workbench.exporters.parity_options import ParityOptions
from workbench.exporters.script.assemble import command, samples_note, write_script
from workbench.exporters.script.describe import synapse_total
from workbench.exporters.script.parity import Runner, compare
from workbench.exporters.target import Outcome, Request, Target
from workbench.neuron_rules import SPIKE_RULES
from workbench.spike_codes import CODES

BRIAN2 = Runner("brian2", "brian2")


def export_brian2(request: Request, options: ParityOptions) -> Outcome:
    """Write ``NAME.py`` and ``NAME.npz``, which need Brian2 and NumPy only.

    Raises
    ------
    ExportError
        If the script's spikes differ from the simulator's.
    """
    script = write_script(request, TARGET.suffixes, script_of)
    parity = compare(request, script, BRIAN2, options)
    return Outcome(parity, _notes(request), command(request.destination.final(".py"), request))


def _notes(request: Request) -> tuple[str, ...]:
    inputs = "Constant and Poisson input (--encoding, --seed) give"
    if request.network.spike_code.in_turns:
        inputs = "Constant input gives"
    notes = [
        f"{inputs} the simulator's spikes; --standalone compiles C++ first and needs a compiler."
    ]
    synapses = synapse_total(request.network)
    memory = synapses * BYTES_PER_SYNAPSE
    if memory > 2e9:
        notes.append(
            f"The script makes {synapses:,} synapses and will take about {memory / 1e9:.0f} GB of "
            "memory."
        )
    return (*notes, *samples_note(request))


TARGET = Target(
    name="brian2",
    title="Brian2 script",
    about="A readable Python script with its weights; needs brian2 and numpy only.",
    suffixes=(".py", ".npz"),
    write=export_brian2,
    options=ParityOptions,
    parity="exact",
    compared="spike trains equal (`==`, times of exact first spikes to 1e-9); the script is run in "
    "a process of its own",
    imports=(
        *("brian2", "cpuinfo", "cython", "Cython", "jinja2", "markupsafe", "mpmath", "packaging"),
        *("pyparsing", "scipy", "setuptools", "sympy"),
    ),
    abilities=Abilities("brian2", "Brian2", tuple(CODES), tuple(SPIKE_RULES)),
)
