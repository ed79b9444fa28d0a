"""Whether the populations and projections of a spiking network fit together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from workbench.errors import StructureError
from workbench.network.pooling import MaxPool2D
from workbench.network.population import Population
from workbench.network.projection import Projection


def check_wiring(
    name: str, populations: Sequence[Population], projections: Sequence[Projection]
) -> None:
    """Check that projections lead from populations to later ones of the sizes that they connect.

    Parameters
    ----------
    name : str
        Of the network.

    Raises
    ------
    StructureError
        Naming the population or projection, and what about it does not fit.
    """
    known: dict[str, Population] = {}
    places: dict[str, int] = {}
    for place, population in enumerate(populations):
        own, kind = population.name, population.kind
        _demand(own not in known, f"Network '{name}': two populations are called '{own}'")
        kinds = ("if", "max_pool") if place else ("input",)
        accepted = f"accepted here: {', '.join(kinds)}"
        _demand(kind in kinds, f"Population '{own}' is of the kind {kind!r}; {accepted}")
        known[own], places[own] = population, place
    _demand(len(known) > 1, f"Network '{name}' has no population after its input")
    for projection in projections:
        leads = places.get(projection.source, len(places)) < places.get(projection.target, -1)
        _demand(leads, f"{projection.place} does not lead from one population to a later one")
        _check_ends(projection, known[projection.source], known[projection.target])
    reached = Counter(projection.target for projection in projections)
    for population in populations[1:]:
        count, is_pool = reached[population.name], population.kind == "max_pool"
        fits = count == 1 if is_pool else count > 0
        accepted = "one" if is_pool else "at least one"
        problem = f"{count} projections lead to population '{population.name}'"
        _demand(fits, f"{problem}; accepted: {accepted}")


def _check_ends(projection: Projection, source: Population, target: Population) -> None:
    """Check sizes, and that max pooling, which is not a sum of spikes, is where it is supported."""
    ends, sizes = (projection.inputs, projection.maps[-1].output_size), (source.size, target.size)
    _demand(
        ends == sizes,
        f"{projection.place} connects {ends} units, but the populations have {sizes}",
    )
    pools = [type(layer) is MaxPool2D for layer in projection.maps]
    wanted = [True] if target.kind == "max_pool" else [False] * len(pools)
    suits = f"{projection.place} does not suit a population of the kind {target.kind!r}"
    _demand(pools == wanted, suits)
    _demand(
        target.kind != "max_pool" or target.signed == source.signed,
        f"Population '{target.name}' passes on what '{source.name}' sends, but only one of them "
        "is signed",
    )
    payloads = [(p.rule, p.largest, p.most) for p in (source, target)]
    _demand(
        target.kind != "max_pool" or payloads[0] == payloads[1],
        f"Population '{target.name}' passes on what '{source.name}' sends, but their payloads are "
        f"{payloads[1]} and {payloads[0]} (rule, largest, most)",
    )


def _demand(fits: bool, problem: str) -> None:
    if not fits:
        raise StructureError(f"{problem}.")
