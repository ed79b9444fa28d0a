from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from workbench.plot import palette

# How the three common forms of colour blindness see linear RGB (Machado et al. 2009, severity 1).
BLINDNESS = {
    "protan": [[0.152, 1.053, -0.205], [0.115, 0.786, 0.099], [-0.004, -0.048, 1.052]],
    "deutan": [[0.367, 0.861, -0.228], [0.280, 0.673, 0.047], [-0.012, 0.043, 0.969]],
    "tritan": [[1.256, -0.077, -0.179], [-0.078, 0.931, 0.148], [0.005, 0.691, 0.304]],
}


def linear(colour: str) -> np.ndarray:
    value = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)


def luminance(colour: str) -> float:
    return float(linear(colour) @ [0.2126, 0.7152, 0.0722])


def contrast(first: str, second: str) -> float:
    high, low = sorted((luminance(first), luminance(second)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def lab(rgb: np.ndarray) -> np.ndarray:
    to_xyz = np.array(
        [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
    )
    f = np.cbrt(np.clip(to_xyz @ rgb / [0.9505, 1, 1.089], 0, None))
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def test_layers_keep_their_colours_whatever_is_recorded() -> None:
    without = palette.layer_colours(["conv", "dense", "out"])
    with_input = palette.layer_colours(["in", "conv", "dense", "out"], has_input=True)
    assert with_input == {"in": palette.INPUT, **without}
    assert without["out"] == palette.OUTPUT


def test_one_layer_is_the_output() -> None:
    assert palette.layer_colours(["only"]) == {"only": palette.OUTPUT}
    assert palette.layer_colours([]) == {}


def test_many_layers_use_the_colours_again() -> None:
    names = [str(i) for i in range(20)]
    assert len(palette.layer_colours(names)) == 20


def test_populations_of_one_layer_are_tones_of_its_colour() -> None:
    layers = ["conv_on", "conv_off", "dense", "out"]
    colours = palette.layer_colours(layers, origins={"conv_on": "conv", "conv_off": "conv"})
    assert colours["conv_on"] == palette.LAYERS[0]
    assert colours["dense"] == palette.LAYERS[1]
    bright, dark = linear(colours["conv_on"]), linear(colours["conv_off"])
    assert luminance(colours["conv_off"]) < 0.65 * luminance(colours["conv_on"])
    assert bright.argmax() == dark.argmax()


@pytest.mark.parametrize("ground", ["#ffffff", "#111111"])
def test_colours_are_seen_on_a_light_and_a_dark_ground(ground: str) -> None:
    darkest = [palette.tones(colour, 3)[-1] for colour in palette.LAYERS]
    colours = (*palette.LAYERS, *darkest, palette.OUTPUT, palette.ANALOG, palette.UNDECIDED)
    assert min(contrast(colour, ground) for colour in colours) > 2.0
    if ground == "#111111":
        assert min(contrast(colour, ground) for colour in darkest) > 2.9


@pytest.mark.parametrize("form", list(BLINDNESS))
def test_first_layers_and_output_keep_apart_for_the_colour_blind(form: str) -> None:
    seen = [
        lab(np.clip(np.array(BLINDNESS[form]) @ linear(colour), 0, 1))
        for colour in (*palette.LAYERS[:4], palette.OUTPUT)
    ]
    assert min(float(np.linalg.norm(a - b)) for a, b in combinations(seen, 2)) > 10


def test_shades_end_in_the_full_colour_and_never_vanish() -> None:
    shades = palette.shades("#112233", 5)
    assert shades[-1] == "#112233ff"
    assert int(shades[0][-2:], 16) > 64
