import numpy as np
import pytest
from PIL import Image

from workbench import datasets
from workbench.errors import DataError

X = np.random.default_rng(0).random((6, 4, 4, 2), np.float32)
Y = np.array([0, 2, 1, 1, 0, 2])


def written(folder, **arrays):
    """A folder with arrays as np.savez names them."""
    for name, array in arrays.items():
        np.savez(folder / f"{name}.npz", array)
    return folder


@pytest.mark.parametrize(
    "labels", [Y, Y[:, None], Y.astype(np.float32), np.eye(3)[Y], 2 * np.eye(3, dtype=int)[Y] - 1]
)
def test_samples_labels_and_calibration_are_read(tmp_path, labels):
    data = datasets.from_snn_toolbox(written(tmp_path, x_test=X, y_test=labels, x_norm=X[:3] / 2))
    assert np.array_equal(data.x_test, X)
    assert np.array_equal(data.y_test, Y)
    assert np.array_equal(data.calibration, X[:3] / 2)
    assert data.y_train is None
    assert data.name == tmp_path.name


def test_all_of_x_norm_calibrates(tmp_path):
    norm = np.ones((1500, 3), np.float32)
    data = datasets.from_snn_toolbox(written(tmp_path, x_test=norm, y_test=norm[:, 0], x_norm=norm))
    assert len(data.calibration) == 1500


def test_test_samples_calibrate_where_there_is_no_x_norm(tmp_path):
    data = datasets.from_snn_toolbox(written(tmp_path, x_test=X, y_test=Y), samples=2)
    assert np.array_equal(data.calibration, X)


def test_samples_are_the_first_or_chosen(tmp_path):
    written(tmp_path, x_test=X, y_test=Y)
    assert np.array_equal(datasets.from_snn_toolbox(tmp_path, samples=2).x_test, X[:2])
    assert len(datasets.from_snn_toolbox(tmp_path, samples=100).x_test) == 6
    data = datasets.from_snn_toolbox(tmp_path, samples=(5, 0, 5))
    assert np.array_equal(data.x_test, X[[5, 0, 5]])
    assert np.array_equal(data.y_test, Y[[5, 0, 5]])
    with pytest.raises(DataError, match="has no sample 6; accepted: indices from 0 to 5"):
        datasets.from_snn_toolbox(tmp_path, samples=[6])


def test_bytes_are_numbers_not_images(tmp_path):
    written(tmp_path, x_test=np.full((2, 3), 255, np.uint8), y_test=np.array([0, 1]))
    assert datasets.from_snn_toolbox(tmp_path).x_test.max() == 255


def test_channels_are_put_last_where_the_network_wants_them_there(tmp_path):
    written(tmp_path, x_test=np.moveaxis(X, -1, 1), y_test=Y)
    data = datasets.from_snn_toolbox(tmp_path, input_shape=(4, 4, 2))
    assert np.array_equal(data.x_test, X)
    assert datasets.from_snn_toolbox(tmp_path).x_test.shape == (6, 2, 4, 4)
    assert datasets.from_snn_toolbox(tmp_path, input_shape=(9,)).x_test.shape == (6, 2, 4, 4)


@pytest.mark.parametrize(
    ("arrays", "words"),
    [
        ({"x_test": X}, r"There is no file .*y_test\.npz"),
        ({"y_test": Y}, r"There is no file .*x_test\.npz"),
        ({"x_test": X, "y_test": Y[:5]}, "has 5 labels, x_test.npz has 6 samples"),
        ({"x_test": X, "y_test": np.ones((6, 3))}, "row 0 names no single class"),
        ({"x_test": X, "y_test": np.full((6, 3), np.nan)}, "contain nan; accepted: finite"),
        ({"x_test": X, "y_test": np.ones((6, 3, 2))}, "labels of shape .6, 3, 2.; accepted"),
        ({"x_test": X, "y_test": Y + 0.5}, "accepted: class numbers"),
        ({"x_test": X * np.nan, "y_test": Y}, "accepted: finite float32 numbers"),
        ({"x_test": X.astype(str), "y_test": Y}, "holds an array of <U.*accepted: numbers"),
        ({"x_test": np.float32(3), "y_test": Y}, "accepted: numbers, one entry per sample"),
        ({"x_test": X[:0], "y_test": Y[:0]}, "x_test.npz is empty; accepted: at least one"),
        (
            {"x_test": X, "y_test": Y, "x_norm": X[:, :3]},
            "all samples of a data set have one shape",
        ),
        ({"x_test": np.array([{}]), "y_test": Y}, "holds pickled objects"),
    ],
)
def test_what_does_not_fit_is_refused(tmp_path, arrays, words):
    with pytest.raises(DataError, match=words):
        datasets.from_snn_toolbox(written(tmp_path, **arrays))


def test_arrays_of_other_names_are_refused(tmp_path):
    written(tmp_path, y_test=Y)
    np.savez(tmp_path / "x_test.npz", data=X)
    with pytest.raises(
        DataError, match=r"holds the arrays data \(6, .*\) float32; accepted: arr_0"
    ):
        datasets.from_snn_toolbox(tmp_path)
    (tmp_path / "x_test.npz").write_bytes(b"no archive")
    with pytest.raises(DataError, match=r"x_test\.npz is not an \.npz file"):
        datasets.from_snn_toolbox(tmp_path)


@pytest.fixture
def images(tmp_path):
    """Two images of each of two classes, of 4 x 6 pixels and three colours."""
    pixels = np.random.default_rng(1).integers(0, 256, (4, 4, 6, 3), np.uint8)
    for number, image in enumerate(pixels):
        folder = tmp_path / "pictures" / "ab"[number // 2]
        folder.mkdir(parents=True, exist_ok=True)
        Image.fromarray(image).save(folder / f"{number}.png")
    return tmp_path / "pictures", pixels


@pytest.mark.parametrize("rescale", [1.0, 1 / 255, 2 / 255])
@pytest.mark.parametrize("shape", [None, (4, 6, 3), (3, 4, 6)])
def test_images_have_the_scale_that_the_configuration_gives(images, rescale, shape):
    folder, pixels = images
    data = datasets.from_snn_toolbox(folder, input_shape=shape, rescale=rescale)
    found = np.asarray(data.x_test)
    if shape == (3, 4, 6):
        found = found.transpose(0, 2, 3, 1)
    expected = pixels * rescale
    order = [int(np.abs(expected - one).reshape(4, -1).max(axis=1).argmin()) for one in found]
    assert sorted(order) == [0, 1, 2, 3]
    assert np.allclose(found, expected[order], rtol=1e-6)
    assert data.y_test.tolist() == [number // 2 for number in order]
    assert data.classes == ("a", "b")


def test_images_are_resized_and_chosen(images):
    folder, _ = images
    everything = datasets.from_snn_toolbox(folder, input_shape=(2, 2, 3), rescale=1.0)
    assert everything.x_test.shape == (4, 2, 2, 3)
    some = datasets.from_snn_toolbox(folder, samples=[3, 1], input_shape=(2, 2, 3), rescale=1.0)
    assert np.array_equal(np.asarray(some.x_test), np.asarray(everything.x_test)[[3, 1]])
    assert some.y_test.tolist() == everything.y_test[[3, 1]].tolist()
    assert len(some.calibration) == 4
    with pytest.raises(DataError, match="has no sample 4; accepted: indices from 0 to 3"):
        datasets.from_snn_toolbox(folder, samples=[4], rescale=1.0)
