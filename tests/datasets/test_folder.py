import numpy as np
import pytest
from PIL import Image

from workbench.datasets import from_arrays, from_folder, from_npz, from_path
from workbench.errors import DataError
from workbench.util.stored_samples import StoredSamples

RANDOM = np.random.default_rng(0)
BYTES = RANDOM.integers(0, 256, (12, 5, 4, 3), np.uint8)


def save(folder, **arrays):
    folder.mkdir(exist_ok=True)
    for name, array in arrays.items():
        np.save(folder / f"{name}.npy", array)
    return folder


def save_image(file, pixels):
    file.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.asarray(pixels, np.uint8)).save(file)


@pytest.fixture
def animals(tmp_path):
    """Six images of one colour each, in three classes."""
    for number in range(6):
        name = ("dog", "ant", "cat")[number % 3]
        save_image(tmp_path / "animals" / name / f"{number}.png", np.full((4, 6, 3), 40 * number))
    return tmp_path / "animals"


def test_arrays_in_a_folder_are_those_of_a_file(tmp_path):
    arrays = {
        "x_train": BYTES, "y_train": np.arange(12) % 3, "x_test": BYTES[:4],
        "y_test": [2, 1, 0, 0], "classes": ["a", "b", "c"],
    }  # fmt: skip
    data = from_folder(save(tmp_path / "tones", **arrays))
    np.savez(tmp_path / "tones.npz", **arrays)
    read = from_npz(tmp_path / "tones.npz")
    assert (data.name, data.classes, data.source) == (
        "tones",
        read.classes,
        str(tmp_path / "tones"),
    )
    assert isinstance(data.x_train, StoredSamples) and isinstance(data.x_test, StoredSamples)
    for part in ("x_train", "y_train", "x_test", "y_test", "calibration"):
        np.testing.assert_array_equal(np.asarray(getattr(data, part)), getattr(read, part))
    data.validate((5, 4, 3), 3)


def test_one_set_serves_for_calibration_and_test(tmp_path):
    data = from_folder(save(tmp_path / "one", x=BYTES[..., 0], y=np.arange(12) % 2))
    assert data.x_test.shape == (12, 5, 4, 1)
    np.testing.assert_array_equal(data.x_test[3], BYTES[3, ..., :1] / np.float32(255))
    np.testing.assert_array_equal(data.y_test, np.arange(12) % 2)


def test_labels_may_be_missing(tmp_path):
    assert from_folder(save(tmp_path / "bare", x=np.ones((2, 3)))).y_test is None


def test_a_path_is_read_as_what_it_is(tmp_path):
    np.savez(tmp_path / "file.npz", x=BYTES)
    assert from_path(tmp_path / "file.npz").name == "file"
    assert from_path(str(save(tmp_path / "folder", x=BYTES))).name == "folder"
    with pytest.raises(DataError, match=r"There is no file .*none\. Give the path of an \.npz"):
        from_path(tmp_path / "none")


def test_memory_maps_become_samples_on_disk(tmp_path):
    mapped = np.load(save(tmp_path / "x", x=RANDOM.random((3, 2))) / "x.npy", mmap_mode="r")
    data = from_arrays(mapped, [0, 1, 0])
    assert isinstance(data.x_test, StoredSamples)
    np.testing.assert_array_equal(np.asarray(data.x_test), np.asarray(mapped, np.float32))
    assert isinstance(data.calibration, np.ndarray)


def test_large_samples_on_disk_give_fewer_for_calibration():
    asked = []

    def read(rows):
        asked.append(rows)
        return np.zeros((1, 2**20), np.float32)

    from_arrays(StoredSamples((5000, 2**20), np.float32, read))
    assert asked == [slice(None, 64)]


def test_images_are_samples_of_their_folders_class(animals):
    data = from_folder(animals)
    assert (data.name, data.classes) == ("animals", ("ant", "cat", "dog"))
    assert data.x_test.shape == (6, 4, 6, 3)
    for sample, label in zip(np.asarray(data.x_test), data.y_test, strict=True):
        number = round(float(sample.max()) * 255 / 40)
        np.testing.assert_array_equal(sample, np.full((4, 6, 3), np.float32(40 * number / 255)))
        assert data.classes[label] == ("dog", "ant", "cat")[number % 3]
    assert sorted(np.asarray(data.x_test).max(axis=(1, 2, 3)) * 255 // 39) == [0, 1, 2, 3, 4, 5]


def test_the_first_images_are_of_all_classes_and_always_the_same(tmp_path):
    for number in range(200):
        save_image(tmp_path / f"class{number // 100}" / f"{number}.png", np.full((2, 2), number))
    data = from_folder(tmp_path)
    assert 30 < data.y_test[:100].sum() < 70
    np.testing.assert_array_equal(data.y_test, from_folder(tmp_path).y_test)
    assert data.x_test.shape == (200, 2, 2, 1)


@pytest.mark.parametrize("test", ["test", "val", "validation"])
def test_training_and_test_images_may_be_kept_apart(tmp_path, test):
    for number in range(4):
        save_image(tmp_path / "train" / "ab"[number % 2] / f"{number}.png", np.zeros((3, 3)))
    save_image(tmp_path / test / "b" / "0.png", np.full((3, 3), 255))
    data = from_folder(tmp_path)
    assert (len(data.x_train), len(data.x_test), data.classes) == (4, 1, ("a", "b"))
    np.testing.assert_array_equal(data.y_test, [1])
    assert data.x_test[0].max() == 1


def test_images_are_resized_where_that_is_asked_for(tmp_path):
    ramp = np.repeat(np.arange(0, 240, 10)[None], 12, axis=0)
    save_image(tmp_path / "a" / "0.png", ramp)
    save_image(tmp_path / "a" / "1.png", np.full((7, 5), 100))
    with pytest.raises(DataError, match=r"x 24|7 x 5 .*all samples have one shape.*--image-size"):
        np.asarray(from_folder(tmp_path).x_test)
    data = from_folder(tmp_path, image_size=(6, 12))
    images = sorted(np.asarray(data.x_test), key=np.ptp)
    np.testing.assert_array_equal(images[0], np.full((6, 12, 1), np.float32(100 / 255)))
    # Pairs of columns become their mean, about.
    middle = ramp[:6, 2:-2].reshape(6, -1, 2).mean(axis=2)
    assert np.abs(images[1][:, 1:-1, 0] * 255 - middle).max() < 5


def test_hidden_and_other_files_are_passed_over(animals):
    (animals / "ant" / "Thumbs.db").write_bytes(b"")
    (animals / "ant" / ".hidden.png").write_bytes(b"")
    (animals / ".ipynb_checkpoints").mkdir()
    (animals / "notes").mkdir()
    assert from_folder(animals).x_test.shape == (6, 4, 6, 3)


def test_images_of_a_palette_are_coloured(tmp_path):
    image = Image.fromarray(np.full((2, 2, 3), (255, 0, 51), np.uint8)).quantize(4)
    (tmp_path / "a").mkdir()
    image.save(tmp_path / "a" / "0.png")
    expected = np.full((2, 2, 3), (1, 0, 0.2), np.float32)
    np.testing.assert_allclose(from_folder(tmp_path).x_test[0], expected, atol=1e-6)


def test_folders_without_samples_are_refused(tmp_path):
    with pytest.raises(DataError, match=r"There is no folder .*none\. Give the path of a folder"):
        from_folder(tmp_path / "none")
    with pytest.raises(DataError, match=r"holds no samples; accepted: x\.npy and y\.npy, or x_tr"):
        from_folder(tmp_path)
    message = r"holds the arrays other \(12, .* z \(12, .*\) uint8; .* as in from_folder\(path, x='"
    with pytest.raises(DataError, match=message):
        from_folder(save(tmp_path / "other", z=BYTES, other=BYTES))
    assert len(from_folder(tmp_path / "other", x="z").x_test) == 12
    assert len(from_folder(save(tmp_path / "alone", z=BYTES)).x_test) == 12
    with pytest.raises(DataError, match=r"has no array 'z' for x; it holds \(none\)"):
        from_folder(tmp_path, x="z")
    with pytest.raises(DataError, match=r"image_size is \(0, 3\); accepted: \(height, width\)"):
        from_folder(tmp_path, image_size=(0, 3))


@pytest.mark.parametrize(
    ("x", "message"),
    [
        (np.float32(1), r"one\.x has the shape \(\); accepted: \(samples, \.\.\.\)"),
        (np.zeros((0, 3)), r"one\.x has the shape \(0, 3\)"),
        (np.array([["a"]]), r"one\.x has the type <U1; samples and labels are real numbers"),
        (np.array([[None]]), r"x\.npy cannot be opened .*Write it with np\.save\('x\.npy', x\)"),
    ],
)
def test_arrays_that_are_no_samples_are_refused(tmp_path, x, message):
    with pytest.raises(DataError, match=message):
        from_folder(save(tmp_path / "one", x=x))


def test_files_that_are_no_arrays_are_refused(tmp_path):
    (tmp_path / "x.npy").write_bytes(b"no array")
    with pytest.raises(DataError, match=r"x\.npy cannot be opened"):
        from_folder(tmp_path)


def test_test_images_of_an_unknown_class_are_refused(tmp_path):
    save_image(tmp_path / "train" / "a" / "0.png", np.zeros((3, 3)))
    save_image(tmp_path / "test" / "b" / "0.png", np.zeros((3, 3)))
    with pytest.raises(DataError, match=r"b is not one of the training classes \(a\)\. Rename it"):
        from_folder(tmp_path)


def test_images_that_cannot_be_read_are_refused_by_name(animals):
    data = from_folder(animals)
    file = animals / "cat" / "2.png"
    save_image(file, RANDOM.integers(0, 256, (64, 64, 3)))
    file.write_bytes(file.read_bytes()[:4000])
    with pytest.raises(DataError, match=r"2\.png cannot be read: .*Remove it, or copy it again"):
        np.asarray(data.x_test)
    file.write_bytes(b"text")
    with pytest.raises(DataError, match=r"2\.png is not an image\. Remove it"):
        np.asarray(data.x_test)


@pytest.mark.parametrize("mode", ["RGBA", "I;16", "CMYK"])
def test_pixels_of_other_kinds_are_refused(tmp_path, mode):
    (tmp_path / "a").mkdir()
    Image.new(mode, (2, 2)).save(tmp_path / "a" / "0.tif")
    with pytest.raises(DataError, match=rf"0\.tif has pixels of the kind {mode}; accepted: gray"):
        from_folder(tmp_path)


def test_gray_among_coloured_images_is_refused(animals):
    for folder in ("cat", "dog"):
        save_image(animals / folder / "9.png", np.zeros((4, 6)))
    message = (
        r"is (gray|in colour), and .* is (gray|in colour); all images of a folder must be of one"
    )
    with pytest.raises(DataError, match=message):
        np.asarray(from_folder(animals).x_test)
