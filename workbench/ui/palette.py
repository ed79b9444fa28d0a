"""One colour for each layer, the same in every plot and table.

The colours keep apart for the common forms of colour blindness, and from both a white and a
nearly black ground. The output layer always has the same colour, because three plots are about it.
"""

from __future__ import annotations

from collections.abc import Sequence

LAYERS = ("#2A82C9", "#12A579", "#E0A100", "#C779B5", "#5AB4E6", "#A9794B", "#7F7FD5")
OUTPUT = "#E0561B"
INPUT = "#8C8C8C"
ANALOG = "#8C8C8C"
"""What the analog network says, wherever it is compared with the spiking one."""
UNDECIDED = "#C779B5"
TRUE_CLASS = "#12A579"


def layer_colours(layers: Sequence[str], *, has_input: bool = False) -> dict[str, str]:
    """Give every layer its colour.

    Parameters
    ----------
    layers : sequence of str
        Names from input to output.
    has_input : bool
        Whether the first name is the input itself, which is gray.

    Returns
    -------
    dict of layer name to "#rrggbb"
    """
    hidden = list(layers[has_input:-1])
    colours = {name: LAYERS[i % len(LAYERS)] for i, name in enumerate(hidden)}
    if has_input:
        colours[layers[0]] = INPUT
    if layers:
        colours[layers[-1]] = OUTPUT
    return colours


def shades(colour: str, steps: int) -> list[str]:
    """Return a colour in `steps` opacities, faint to full, as "#rrggbbaa".

    A single spike in a crowded band must still be seen, so the faintest is not transparent.
    """
    alphas = [round(255 * (0.3 + 0.7 * (i + 1) / steps)) for i in range(steps)]
    return [f"{colour}{alpha:02x}" for alpha in alphas]
