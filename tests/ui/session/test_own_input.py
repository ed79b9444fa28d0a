from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from networks import dense_network
from PIL import Image

from workbench import datasets, workflow
from workbench.datasets.handwriting import Stroke
from workbench.errors import DataError, SettingsError
from workbench.network.dense import Dense
from workbench.network.graph import Network, Node
from workbench.network.structure import Input, Reshape
from workbench.settings import Simulation
from workbench.ui.session.code import SAVED_INPUT
from workbench.ui.session.own_input import (
    OwnInput,
    drawing_problem,
    read_given,
    shift_problem,
    shifted,
    shown_input,
)
from workbench.util.pixels import Pixels

ONE = (Stroke((0.5, 0.15, 0.5, 0.85), 0.08),)


def png(image: np.ndarray, mode: str | None = None) -> bytes:
    file = io.BytesIO()
    Image.fromarray(image, mode).save(file, "PNG")
    return file.getvalue()


def npy(array: Any, *, pickled: bool = False) -> bytes:
    file = io.BytesIO()
    np.save(file, array, allow_pickle=pickled)
    return file.getvalue()


def images(shape: tuple[int, ...]) -> Network:
    """A network that takes images of a shape."""
    size = int(np.prod(shape))
    return Network("images", (
        Node("input", Input(shape)),
        Node("flat", Reshape(shape, (size,)), inputs=("input",)),
        Node("output", Dense(np.ones((size, 2), np.float32)), inputs=("flat",)),
    ))  # fmt: skip


GRAY, COLOUR = images((28, 28, 1)), images((16, 20, 3))


def test_a_drawing_takes_the_place_of_the_sample(make_bench: Callable[..., Any]) -> None:
    bench = make_bench()
    accuracy = bench.state.accuracy
    bench.state.own_input = OwnInput(strokes=ONE)
    assert bench.wait(60)
    run, network = bench.state.sample_run, workflow.load("counting")
    assert (run.true_class, run.choice, run.words) == (-1, 1, "Drawing")
    x = shown_input(bench.state.loaded, 0, bench.state.own_input)[None]
    assert run.analog_choice == network.predictions(x)[0]
    spiking = workflow.convert(network, datasets.load("mnist14").calibration)
    expected = workflow.simulate(spiking, x, Simulation(steps=20))
    assert run.output_counts.tolist() == expected.output_counts[0].tolist()
    assert bench.state.status.text.startswith("Drawing: 20 steps")
    assert bench.state.accuracy.answers is accuracy.answers  # of the test samples, as before
    assert bench.state.undoable == ("own_input",)
    bench.actions.undo()
    assert bench.wait(60)
    assert bench.state.sample_run.words == "Sample 0" and bench.state.sample_run.true_class >= 0
    bench.actions.redo()
    bench.state.sample = 0  # the sample itself, though its number is the same
    assert bench.wait(60)
    assert not bench.state.own_input.is_picture


def test_changes_stay_for_the_next_sample_and_keep_its_class(
    make_bench: Callable[..., Any],
) -> None:
    bench = make_bench()
    bench.state.own_input = OwnInput(strokes=ONE, noise=0.3)
    bench.state.sample = 4
    assert bench.wait(60)
    assert bench.state.own_input == OwnInput(noise=0.3)
    run = bench.state.sample_run
    assert (run.words, run.true_class) == (
        "Sample 4, changed",
        int(bench.state.loaded.dataset.y_test[4]),
    )


def test_the_lines_of_python_read_what_the_page_saves(
    make_bench: Callable[..., Any], tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = make_bench(test_samples=0)
    bench.state.own_input = OwnInput(strokes=ONE, shift_x=2)
    assert bench.wait(60)
    monkeypatch.chdir(tmp_path)
    np.save(SAVED_INPUT, shown_input(bench.state.loaded, 0, bench.state.own_input))
    scope: dict[str, Any] = {}
    exec(bench.code(), scope)
    assert scope["run"].predictions().tolist() == [bench.state.sample_run.choice]
    assert "np.load" not in make_bench(test_samples=0).code()


def test_a_drawing_goes_with_a_network_that_has_no_images(make_bench: Callable[..., Any]) -> None:
    bench = make_bench()
    bench.state.own_input = OwnInput(strokes=ONE, noise=0.1)
    assert bench.wait(60)
    bench.state.network = "mlp"  # 28 x 28: the strokes are drawn anew in its size
    assert bench.wait(60)
    assert bench.state.own_input.strokes == ONE
    assert bench.state.sample_run.words == "Drawing, changed"
    network = dense_network([[1.0, -2.0], [-1.0, 0.5], [0.3, -1.0]], name="lines")
    x = np.random.default_rng(0).random((20, 3)).astype(np.float32)
    data = datasets.from_arrays(x, np.arange(20) % 2, name="lines")
    bench.state.change(network=network, data=data)
    assert bench.wait(60)
    assert bench.state.status.kind == "done", bench.state.status.text
    assert bench.state.own_input == OwnInput(noise=0.1)


def test_a_drawing_for_a_regression_has_no_target(make_bench: Callable[..., Any]) -> None:
    network = images((10, 10, 1))
    x = np.random.default_rng(0).random((20, 10, 10, 1)).astype(np.float32)
    bench = make_bench(network, datasets.from_arrays(x, network.forward(x) + 0.5))
    bench.state.own_input = OwnInput(strokes=ONE)
    assert bench.wait(60)
    assert bench.state.status.kind == "done", bench.state.status.text
    assert np.isnan(bench.state.sample_run.targets).all()


def test_changes_do_what_they_say() -> None:
    sample = np.linspace(0, 1, 28 * 28).reshape(28, 28, 1).astype(np.float32).view(Pixels)
    seen = OwnInput(invert=True).applied(sample, GRAY)
    assert isinstance(seen, Pixels) and np.asarray(seen) == pytest.approx(1 - np.asarray(sample))
    flat = OwnInput(contrast=0).applied(sample, GRAY)
    assert np.asarray(flat) == pytest.approx(0.5, abs=1e-3)
    noisy = np.asarray(OwnInput(noise=0.2).applied(np.full_like(sample, 0.5), GRAY))
    assert noisy.std() == pytest.approx(0.2, abs=0.02) and noisy.min() >= 0 and noisy.max() <= 1
    assert (noisy == np.asarray(OwnInput(noise=0.2).applied(np.full_like(sample, 0.5), GRAY))).all()
    plain = np.random.default_rng(0).normal(size=(3,)).astype(np.float32)
    kept = OwnInput(noise=0.5).applied(plain, dense_network([[1.0]] * 3))
    assert not isinstance(kept, Pixels)
    assert plain.min() <= kept.min() and kept.max() <= plain.max()


def test_a_shift_brings_ground_in() -> None:
    image = np.arange(12.0).reshape(3, 4, 1) + 1
    moved = shifted(image, 1, -2, 0.0)
    expected = np.zeros((3, 4, 1))
    expected[1:, :2] = image[:2, 2:]
    assert moved.tolist() == expected.tolist()
    assert not shifted(image, 9, 0, 0.0).any()
    vector = np.arange(3.0)
    assert shifted(vector, 1, 1, 0.0) is vector
    sequence = np.arange(1.0, 7).reshape(3, 2)
    assert shifted(sequence, 1, 1, 0.0).tolist() == [[0, 0], [1, 2], [3, 4]]


@pytest.mark.parametrize(
    ("content", "network", "expected"),
    [
        (png(np.full((40, 60), 255, np.uint8)), GRAY, (28, 28, 1)),
        (png(np.full((40, 60, 3), 255, np.uint8)), GRAY, (28, 28, 1)),
        (png(np.full((40, 60, 3), 255, np.uint8)), COLOUR, (16, 20, 3)),
        (png(np.full((40, 60), 255, np.uint8)), COLOUR, (16, 20, 3)),
        (png(np.zeros((40, 60, 4), np.uint8)), GRAY, (28, 28, 1)),  # transparent: white
    ],
    ids=["gray", "colour to gray", "colour", "gray to colour", "transparent"],
)
def test_images_are_brought_to_the_input(
    content: bytes, network: Network, expected: tuple[int, ...]
) -> None:
    given = read_given("photo.PNG", content, network)
    own = OwnInput(given=given, centre=False)
    seen = own.applied(np.zeros(expected, np.float32), network)
    assert seen.shape == expected and isinstance(seen, Pixels) and (np.asarray(seen) == 1).all()
    assert own.words(3) == "photo.PNG"


def test_dark_ink_on_paper_is_centred_once_it_is_inverted() -> None:
    paper = np.full((100, 100), 255, np.uint8)
    paper[10:50, 10:20] = 0
    own = OwnInput(given=read_given("a.png", png(paper), GRAY), invert=True)
    seen = np.asarray(own.applied(np.zeros((28, 28, 1), np.float32), GRAY))[..., 0]
    rows, columns = np.flatnonzero(seen.any(1)), np.flatnonzero(seen.any(0))
    assert (rows[0], rows[-1], len(columns)) == (4, 23, 5)


def test_large_images_are_kept_small() -> None:
    given = read_given("a.png", png(np.zeros((2000, 1000), np.uint8)), GRAY)
    assert given.values.shape == (512, 256, 1)


@pytest.mark.parametrize("array", [
    np.full((28, 28), 51, np.uint8), np.full((1, 28, 28, 1), 0.2), np.full((28, 28, 1), 0.2, ">f4"),
])  # fmt: skip
def test_arrays_of_the_shape_are_taken(array: np.ndarray) -> None:
    given = read_given("x.npy", npy(array), GRAY)
    assert given.values.shape == (28, 28, 1)
    assert np.asarray(given.values) == pytest.approx(0.2)


def lying_header() -> bytes:
    """An array that says it has more numbers than any memory holds."""
    return npy(np.zeros((28, 28))).replace(b"(28, 28), }", b"(10**9,9), ")


@pytest.mark.parametrize(
    ("name", "content", "network", "message"),
    [
        ("x.npy", npy(np.zeros((27, 28))), GRAY, r"shape \(27, 28\); accepted: \(28, 28, 1\)"),
        ("x.npy", npy(np.zeros((10**5, 1))), GRAY, r"np.save\(path, x\[0\]\)"),
        ("x.npy", npy(np.zeros((28, 28)))[:-9], GRAY, "ends too early"),
        ("x.npy", lying_header(), GRAY, "'x.npy'"),
        ("x.npy", npy(np.full((28, 28), None), pickled=True), GRAY, "pickled objects"),
        ("x.npy", npy(np.full((28, 28), np.nan)), GRAY, "not finite"),
        ("x.npy", npy(np.full((28, 28), "a")), GRAY, "real numbers"),
        ("x.png", b"no image", GRAY, "x.png is not an image"),
        ("x.gif", b"GIF89a", GRAY, "accepted: .png"),
        ("x", b"", GRAY, "accepted: .png"),
        ("x.png", png(np.zeros((9, 9), np.uint8)), images((9, 4, 2)), "2 channels"),
    ],
)
def test_what_cannot_be_shown_is_refused(
    name: str, content: bytes, network: Network, message: str
) -> None:
    with pytest.raises(DataError, match=message):
        read_given(name, content, network)


def test_an_image_says_its_size_before_it_is_decoded() -> None:
    file = io.BytesIO()
    Image.fromarray(np.zeros((9, 9), np.uint8)).save(file, "BMP")
    content = bytearray(file.getvalue())
    content[18:26] = (6_000).to_bytes(4, "little") * 2
    with pytest.raises(DataError, match=r"6,000 x 6,000 pixels; accepted: up to 24 million"):
        read_given("bomb.bmp", bytes(content), GRAY)


@pytest.mark.parametrize(
    "values", [{"noise": 2}, {"contrast": -1}, {"noise": float("nan")}, {"shift_x": 10**6}]
)
def test_values_out_of_range_are_refused(values: dict[str, Any]) -> None:
    with pytest.raises(SettingsError, match="accepted: "):
        OwnInput(**values)


def test_networks_say_what_they_cannot_be_given() -> None:
    assert drawing_problem(GRAY) == drawing_problem(COLOUR) == shift_problem(GRAY) == ""
    vector = dense_network([[1.0]] * 3)
    assert "takes 3 values, which are not an image" in drawing_problem(vector)
    assert "takes a vector" in shift_problem(vector)
    assert "too small" in drawing_problem(images((4, 4, 1)))
    assert "2 channels; supported: 1 (gray) or 3" in drawing_problem(images((9, 9, 2)))


def test_an_upload_is_told_in_the_status_line_where_it_is_refused(
    make_bench: Callable[..., Any],
) -> None:
    bench = make_bench()
    bench.actions.uploads.show_input("/home/me/x.npy", npy(np.zeros(3)))
    assert bench.wait(60)
    assert "'x.npy' holds an array of shape (3,)" in bench.state.status.text
    assert not bench.state.own_input.is_picture
    bench.actions.uploads.show_input("x.npy", npy(np.zeros((14, 14))))
    assert bench.wait(60)
    assert bench.state.sample_run.words == "x.npy"
