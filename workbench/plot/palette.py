"""One colour for each layer, the same in every plot and table.

The colours keep apart for the common forms of colour blindness, and from both a white and a
nearly black ground. The output layer always has the same colour, because three plots are about it.
Populations of one layer, such as ON and OFF, are tones of one colour.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

LAYERS = ("#2A82C9", "#12A579", "#E0A100", "#C779B5", "#5AB4E6", "#A9794B", "#7F7FD5")
OUTPUT = "#E0561B"
INPUT = "#8C8C8C"
ANALOG = "#8C8C8C"
"""What the analog network says, wherever it is compared with the spiking one."""
UNDECIDED = "#C779B5"
TRUE_CLASS = "#12A579"

THRESHOLD = "#D03050"
"""Where a neuron spikes, and where activations are clipped."""
AMOUNTS = ("#EEF3F8", "#9CC7EA", "#2A82C9", "#174A74")
"""Through these go the colours of amounts, from none to the most."""
DIFFERENCES = ("#1F65A0", "#7FB6E2", "#F2F2F2", "#F0A07C", "#C24410")
"""Through these go the colours of differences, from the lowest over none to the highest."""

GAMMA = 2.2
"""Luminance grows with this power of a colour's values, nearly."""

DARKER, DARKEST = 0.45, 0.12
"""Luminance of the darkest tone: a share of the colour's, but not below what a nearly black ground
shows well."""


def layer_colours(
    layers: Sequence[str],
    *,
    has_input: bool = False,
    origins: Mapping[str, str] | None = None,
) -> dict[str, str]:
    """Give every layer its colour.

    Parameters
    ----------
    layers : sequence of str
        Names from input to output.
    has_input : bool
        Whether the first name is the input itself, which is gray.
    origins : mapping of name to name, optional
        Layer of the source that each one belongs to; those of one origin are tones of a colour.

    Returns
    -------
    dict of layer name to "#rrggbb"
    """
    families: dict[str, list[str]] = {}
    for name in layers[has_input:-1]:
        families.setdefault((origins or {}).get(name, name), []).append(name)
    colours: dict[str, str] = {}
    for number, names in enumerate(families.values()):
        colour = LAYERS[number % len(LAYERS)]
        colours.update(zip(names, tones(colour, len(names)), strict=True))
    if has_input:
        colours[layers[0]] = INPUT
    if layers:
        colours[layers[-1]] = OUTPUT
    return colours


def tones(colour: str, count: int) -> list[str]:
    """Return a colour and ever darker tones of it, `count` in all."""
    values = [int(colour[i : i + 2], 16) for i in (1, 3, 5)]
    weights = (0.2126, 0.7152, 0.0722)
    luminance = sum(w * (value / 255) ** GAMMA for w, value in zip(weights, values, strict=True))
    darkest = min(1.0, max(DARKER, DARKEST / luminance)) ** (1 / GAMMA)
    shares = [1 - (1 - darkest) * i / max(1, count - 1) for i in range(count)]
    return ["#" + "".join(f"{round(share * value):02X}" for value in values) for share in shares]


def shades(colour: str, steps: int) -> list[str]:
    """Return a colour in `steps` opacities, faint to full, as "#rrggbbaa".

    A single spike in a crowded band must still be seen, so the faintest is not transparent.
    """
    alphas = [round(255 * (0.3 + 0.7 * (i + 1) / steps)) for i in range(steps)]
    return [f"{colour}{alpha:02x}" for alpha in alphas]


def graded(through: Sequence[str], count: int = 256) -> list[str]:
    """Return `count` colours that lead evenly through some colours."""
    stops = [[int(colour[i : i + 2], 16) for i in (1, 3, 5)] for colour in through]
    places = [place * (len(stops) - 1) / max(1, count - 1) for place in range(count)]
    found = []
    for place in places:
        first = min(int(place), len(stops) - 2)
        share = place - first
        pair = zip(stops[first], stops[first + 1], strict=True)
        values = (round(low + share * (high - low)) for low, high in pair)
        found.append("#" + "".join(f"{value:02X}" for value in values))
    return found
