"""What a target cannot say, gathered into few sentences."""

from __future__ import annotations

from workbench.errors import ExportError, UnsupportedLayerError
from workbench.exporters.abilities import (
    Abilities,
    nearest_code,
    nearest_neurons,
    targets_with,
)
from workbench.network.population import Population
from workbench.network.spiking import SpikingNetwork


class Refusal(Exception):
    """One thing that cannot be expressed.

    Parameters
    ----------
    subject : str
        What it is about, most often a layer's name.
    problem : str
        What is wrong with it, from the verb in the singular.
    remedy : str
        What is supported and what to do: equal for all things that have the same problem.
    """

    def __init__(self, subject: str, problem: str, remedy: str):
        super().__init__(subject, problem, remedy)
        self.subject, self.problem, self.remedy = subject, problem, remedy


def check_code(network: SpikingNetwork, abilities: Abilities) -> None:
    """Refuse a network whose layers take turns where a target's neurons cannot.

    Raises
    ------
    ExportError
    """
    code, levels = network.conversion.code, network.conversion.levels
    if code in abilities.codes:
        return
    near = nearest_code(code, levels, abilities)
    raise ExportError(
        f"Network '{network.name}' has code={code!r}, which {abilities.title} cannot express; "
        f"{near.says} can. Convert again with {near.call}, or use {targets_with('codes', code)}."
    )


def check_neurons(network: SpikingNetwork, abilities: Abilities) -> None:
    """Refuse a network with neurons that a target does not have.

    Raises
    ------
    UnsupportedLayerError
        All populations with such neurons are named.
    """
    found = [other_neurons(population, abilities) for population in network.populations]
    if problems := [refusal for refusal in found if refusal is not None]:
        raise UnsupportedLayerError(sentences(problems))


def other_neurons(population: Population, abilities: Abilities) -> Refusal | None:
    """Refuse neurons that a target does not have; it is told which come nearest."""
    rule = population.rule or ("signed" if population.signed else "plain")
    if population.kind != "if" or rule in abilities.neurons:
        return None
    near = nearest_neurons(rule, abilities)
    remark = f"; {abilities.remark}" if abilities.remark and population.rule else ""
    remedy = (
        f", which {abilities.title} cannot express{remark}; {near.says} can. Convert again with "
        f"{near.call}, or use {targets_with('neurons', rule)}."
    )
    return Refusal(population.name, f"has {population.spike_rule.label}", remedy)


PLAIN_NEURONS_ONLY = (
    'step activations, max pooling (use `max_pool="relu"`), signed, multi-threshold and one-shot '
    "neurons"
)
"""What `beyond_plain_neurons` refuses, for the documentation of a target."""

STEP = "consists of neurons of a step function"


def beyond_plain_neurons(
    population: Population, abilities: Abilities, *, branches: bool = True
) -> Refusal | None:
    """What about a population no plain integrate-and-fire neurons can do, a target's among them.

    Parameters
    ----------
    population : Population
    abilities : Abilities
        Of the target.
    branches : bool
        Whether neurons may read several layers, as those that stand for max pooling do.
    """
    name, target = population.name, abilities.title
    if population.kind == "max_pool":
        remedy = (
            f", which {target} has no neurons for; supported: plain neurons, and average pooling. "
            'Convert again with Conversion(max_pool="relu"), which keeps the maximum, or with '
            'max_pool="average_pooling", which changes outputs.'
        )
        if not branches:
            remedy = (
                f", which {target} has no neurons for; supported: average pooling. Convert again "
                'with Conversion(max_pool="average_pooling"), which changes outputs; the plain '
                f'neurons of max_pool="relu" make branches, which {target} cannot have either.'
            )
        return Refusal(name, "is max pooling of spikes", remedy)
    if population.is_step:
        remedy = (
            f", whose potential is never reset; {target}'s neurons reset when they spike. Use relu "
            'there, or the target "brian2" or "builtin".'
        )
        return Refusal(name, STEP, remedy)
    return other_neurons(population, abilities)


def other_reset(
    population: Population, abilities: Abilities, supported: tuple[str, ...]
) -> Refusal | None:
    """Refuse neurons with a reset that a target's neurons do not have; one with some is given."""
    if population.reset in supported:
        return None
    words = " and ".join(f'"{name}"' for name in supported)
    remedy = (
        f", which {abilities.title} has no neurons for; supported: reset {words}. Convert again "
        f'with Conversion(reset="{supported[0]}").'
    )
    return Refusal(population.name, f"resets {population.reset_rule.label}", remedy)


def sentences(refusals: list[Refusal]) -> list[str]:
    """Return one text for each remedy, which names all that it is for."""
    texts = []
    for remedy in dict.fromkeys(r.remedy for r in refusals):
        same = [r for r in refusals if r.remedy == remedy]
        parts = []
        for problem in dict.fromkeys(r.problem for r in same):
            subjects = list(dict.fromkeys(r.subject for r in same if r.problem == problem))
            verb, _, rest = problem.partition(" ")
            if len(subjects) > 1:
                verb = {"is": "are", "has": "have"}.get(verb, verb.removesuffix("s"))
            names = " and ".join(filter(None, [", ".join(subjects[:-1]), subjects[-1]]))
            parts.append(f"{names} {verb} {rest}")
        texts.append(f"{', '.join(parts)}{remedy}")
    return texts
