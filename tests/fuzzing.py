"""Small valid files of every kind that is read, and ways to damage them."""

import io
import itertools
import json
import os
import random
import zipfile
from pathlib import Path

import numpy as np

HOSTILE = (
    0, -1, 1, 2, 3, 2**15, 10**6, 2**27, 2**31, 10**9, 10**12, 2**63, 2**64, -(2**63), 1e30, -0.5,
    True, None, "", "relu", "Lambda", "..", "/dev/zero", "os", [], {}, [0], [[]], [10**9, 10**9],
    {"class_name": "__lambda__", "config": {"value": "e"}},
    {"class_name": "function", "config": "system", "module": "os", "registered_name": "system"},
)  # fmt: skip
"""What takes the place of a value in a structure."""

WORDS = (b"\0" * 4, b"\xff" * 4, b"\xff\xff\xff\x7f", b"\0" * 8, b"\xff" * 8, b"\x01\0\0\0")
"""Numbers at the edges of their types, which take the place of bytes."""


def bytes_damaged(content, rng):
    """Change a few bytes: flip, overwrite, cut, repeat or leave out."""
    content = bytearray(content)
    for _ in range(rng.choice((1, 1, 1, 2, 4, 16))):
        if not content:
            break
        place = rng.randrange(len(content))
        kind = rng.randrange(8)
        if kind < 3:
            content[place] ^= 1 << rng.randrange(8)
        elif kind == 3:
            content[place] = rng.randrange(256)
        elif kind == 4:
            word = rng.choice(WORDS)
            content[place : place + len(word)] = word
        elif kind == 5:
            del content[place : place + rng.choice((1, 4, 64))]
        elif kind == 6:
            content[place:place] = content[place : place + rng.choice((1, 4, 64))]
        elif rng.random() < 0.3:
            del content[place:]
    return bytes(content)


def structure_damaged(value, rng):
    """Change one value somewhere in JSON material."""
    places = []
    waiting = [value]
    while waiting:
        item = waiting.pop()
        keys = item if isinstance(item, dict) else range(len(item))
        for key in keys:
            places.append((item, key))
            if isinstance(item[key], (dict, list)):
                waiting.append(item[key])
    for _ in range(rng.choice((1, 1, 2))):
        item, key = rng.choice(places)
        if rng.random() < 0.15:
            item[key] = rng.choice([other[name] for other, name in places])
        else:
            item[key] = rng.choice(HOSTILE)
    return value


def json_damaged(content, rng):
    try:
        return json.dumps(structure_damaged(json.loads(content), rng)).encode()
    except (ValueError, RecursionError):  # A value that was put into itself.
        return content


def npy_damaged(content, rng):
    """Change the head of an array file."""
    swaps = (
        ("<f4", rng.choice(("<U0", "|O", "|V0", "<f2", "<i8", "<c16", "|S0", ">f4", "[]", "<U9"))),
        ("False", rng.choice(("True", "3", "None", "[]"))),
        ("(", rng.choice(("(10**9, ", "(1000000000, ", "(0, ", "(-1, ", "(", "((", "(1.5, "))),
        ("}", rng.choice(("", "}}", ", 'x': 1}", "\n"))),
    )
    head, sep, rest = content.partition(b"\n")
    old, new = rng.choice(swaps)
    changed = head.replace(old.encode(), new.encode(), 1)
    size = len(head) if rng.random() < 0.3 else len(changed)
    return changed[:8] + (size - 9).to_bytes(2, "little") + changed[10:] + sep + rest


def member_damaged(content, rng):
    """Change one member of an archive, which keeps its checksums right."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    name = rng.choice(sorted(members))
    if name.endswith(".json") and rng.random() < 0.8:
        members[name] = json_damaged(members[name], rng)
    elif name.endswith(".npy") and rng.random() < 0.6:
        members[name] = npy_damaged(members[name], rng)
    else:
        members[name] = bytes_damaged(members[name], rng)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for key, value in members.items():
            archive.writestr(key, value)
    return buffer.getvalue()


def snn_damaged(content, rng):
    """Change one value or array of a saved network or run; the checksum is made right again."""
    from workbench.network.layer import frozen
    from workbench.network.serialize import decode, digest

    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    part = "run" if "run.json" in members else "network"
    header = json.loads(members.pop(f"{part}.json"))
    arrays = [np.load(io.BytesIO(members[f"arrays/{i}.npy"])) for i in range(len(members))]
    if arrays and rng.random() < 0.3:
        index = rng.randrange(len(arrays))
        change = rng.choice(
            (
                lambda a: a.astype(rng.choice(("f2", "f4", "f8", "i1", "i8", "?"))),
                lambda a: a.reshape(-1),
                lambda a: a[..., None],
                lambda a: a * rng.choice((0, -1, 2**20, 2**40)),
                lambda a: a[:0],
                lambda a: np.full(a.shape, rng.choice((np.nan, np.inf, -1, 1e30))),
            )
        )
        arrays[index] = change(arrays[index])
    else:
        structure_damaged(header[part], rng)
    shared = [frozen(array) for array in arrays]
    header["digest"] = digest(decode(header[part], shared))
    members = {f"{part}.json": json.dumps(header).encode()}
    for index, array in enumerate(arrays):
        buffer = io.BytesIO()
        np.save(buffer, array)
        members[f"arrays/{index}.npy"] = buffer.getvalue()
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, value in members.items():
            archive.writestr(name, value)
    return buffer.getvalue()


def onnx_damaged(content, rng):
    """Change one number of a model's structure."""
    import onnx

    model = onnx.load_from_string(content)
    graph = model.graph
    number = rng.choice((0, -1, 1, 2, 3, 7, 1000, 2**27, 2**31 - 1, 10**9, 10**12, 2**62))
    kind = rng.randrange(7)
    tensor, node = rng.choice(graph.initializer), rng.choice(graph.node)
    if kind == 0 and tensor.dims:
        tensor.dims[rng.randrange(len(tensor.dims))] = number
    elif kind == 1:
        tensor.data_type = rng.randrange(25)
    elif kind == 2:
        array = onnx.numpy_helper.to_array(tensor)
        new = np.full(array.shape, rng.choice((0, -1, number)), rng.choice(("f4", "i8", "f8")))
        tensor.CopyFrom(onnx.numpy_helper.from_array(new, tensor.name))
    elif kind == 3 and node.attribute:
        attribute = rng.choice(node.attribute)
        if attribute.ints:
            attribute.ints[rng.randrange(len(attribute.ints))] = number
        else:
            attribute.i = number
    elif kind == 4:
        node.op_type = rng.choice(("Add", "Reshape", "Gather", "Pad", "Tile", "Conv", "Expand"))
    elif kind == 5:
        shape = graph.input[0].type.tensor_type.shape.dim
        shape[rng.randrange(len(shape))].dim_value = number
    elif node.input:
        node.input[rng.randrange(len(node.input))] = rng.choice(
            [*(value.name for value in graph.initializer), "x", "nowhere", ""]
        )
    return model.SerializeToString()


def hdf5_damaged(content, rng):
    """Change one dataset or attribute of an HDF5 file."""
    import h5py

    buffer = io.BytesIO(content)
    with h5py.File(buffer, "r+") as file:
        names = []
        file.visit(names.append)
        name = rng.choice(sorted(names))
        item = file[name]
        kind = rng.randrange(6)
        if kind == 0:
            del file[name]
        elif kind == 1:
            parent = item.parent
            parent["again"] = file[rng.choice(("/", *sorted(names)))]
        elif kind == 2 and "model_config" in file.attrs:
            config = file.attrs["model_config"]
            text = config.encode() if isinstance(config, str) else bytes(config)
            file.attrs["model_config"] = json_damaged(text, rng).decode()
        elif isinstance(item, h5py.Dataset):
            del file[name]
            if kind == 3:
                shape = rng.choice(((10**6, 10**6), (0,), (), (2, 3), (1000, 1000)))
                file.create_dataset(name, shape, rng.choice(("f4", "i8", "f2")))
            elif kind == 4:
                value = rng.choice((0, -1, 10**9, b"IF", b"Scale", b"NIRGraph", 1.5, np.nan))
                file[name] = value if rng.random() < 0.5 else np.full((3,), value)
            else:
                file[name] = rng.choice((h5py.SoftLink("/"), h5py.ExternalLink("other", "/")))
        else:
            for key in item.attrs:
                item.attrs[key] = rng.choice((0, b"", "x", np.zeros(3)))
    return buffer.getvalue()


LINES = (
    "[]",
    "=",
    "1e999",
    "-1",
    "nan",
    "'",
    '"""',
    "{'a': [",
    "%(x)s",
    "$" * 9,
    "\0",
    "é",
    "(" * 99,
)


def text_damaged(content, rng):
    """Change what a line of a text file sets, or the line."""
    lines = content.decode("utf-8", "replace").splitlines()
    place = rng.randrange(len(lines))
    name, sign, _ = lines[place].partition("=")
    value = rng.choice((repr(rng.choice(HOSTILE)), rng.choice(LINES), rng.choice(lines)))
    lines[place] = f"{name}{sign}{value}" if sign and rng.random() < 0.8 else value
    return "\n".join(lines).encode()


WAYS = {
    ".keras": (bytes_damaged, member_damaged, member_damaged),
    ".h5": (bytes_damaged, hdf5_damaged, hdf5_damaged),
    ".json": (bytes_damaged, json_damaged, json_damaged),
    ".onnx": (bytes_damaged, onnx_damaged, onnx_damaged),
    ".nir": (bytes_damaged, hdf5_damaged, hdf5_damaged),
    ".snn": (bytes_damaged, member_damaged, snn_damaged, snn_damaged, snn_damaged),
    ".zip": (bytes_damaged, member_damaged, snn_damaged, snn_damaged, snn_damaged),
    ".npz": (bytes_damaged, member_damaged, member_damaged),
    ".npy": (bytes_damaged, npy_damaged, npy_damaged),
    ".ini": (bytes_damaged, text_damaged, text_damaged, text_damaged),
    ".toml": (bytes_damaged, text_damaged, text_damaged),
}
"""By ending; other files have their bytes changed."""


def damaged(path, content, rng):
    """Return the content of a file, damaged in one of the ways of its kind."""
    way = rng.choice(WAYS.get(Path(path).suffix, (bytes_damaged,)))
    try:
        return way(content, rng)
    except Exception:  # The file that was to be changed in form is no longer one.
        return bytes_damaged(content, rng)


def _keras_model():
    import keras

    layers = keras.layers
    source = keras.Input((6, 6, 2), name="x")
    x = layers.ZeroPadding2D(1)(source)
    x = layers.Conv2D(3, 3, activation="relu", kernel_initializer="ones")(x)
    x = layers.BatchNormalization()(x)
    x = layers.MaxPooling2D(2)(x)
    x = layers.UpSampling2D(2)(x)
    x = layers.Flatten()(x)
    return keras.Model(source, layers.Dense(2, activation="softmax")(x))


def write_keras(folder):
    model = _keras_model()
    model.save(folder / "model.keras")
    model.save(folder / "model.h5")
    model.save_weights(folder / "split.weights.h5")
    (folder / "split.json").write_text(model.to_json())
    return [folder / "model.keras", folder / "model.h5", folder / "split.json"]


def write_onnx(folder):
    from onnx import TensorProto, helper, numpy_helper, save

    rng = np.random.default_rng(0)

    def weight(name, *shape):
        return numpy_helper.from_array(rng.random(shape, np.float32), name)

    nodes = [
        helper.make_node("Pad", ["x", "pads"], ["padded"]),
        helper.make_node("Conv", ["padded", "k", "b"], ["c"], kernel_shape=[3, 3], strides=[1, 1]),
        helper.make_node("Relu", ["c"], ["r"]),
        helper.make_node("MaxPool", ["r"], ["p"], kernel_shape=[2, 2], strides=[2, 2]),
        helper.make_node("Resize", ["p", "", "scales"], ["u"], mode="nearest"),
        helper.make_node("Reshape", ["u", "shape"], ["f"]),
        helper.make_node("Gemm", ["f", "w", "d"], ["y"], transB=1),
    ]
    stored = [
        numpy_helper.from_array(np.array([0, 0, 1, 1, 0, 0, 1, 1]), "pads"),
        weight("k", 3, 2, 3, 3),
        weight("b", 3),
        numpy_helper.from_array(np.array([1, 1, 2, 2], np.float32), "scales"),
        numpy_helper.from_array(np.array([-1, 108]), "shape"),
        weight("w", 2, 108),
        weight("d", 2),
    ]
    graph = helper.make_graph(
        nodes,
        "graph",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", 2, 6, 6])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["n", 2])],
        stored,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    save(model, folder / "model.onnx")
    return [folder / "model.onnx"]


def write_nir(folder):
    import nir

    shape = np.array([2, 6, 6])
    nodes = {
        "input": nir.Input({"input": shape}),
        "conv": nir.Conv2d((6, 6), np.ones((3, 2, 3, 3)), (1, 1), (1, 1), (1, 1), 1, np.zeros(3)),
        "hidden": nir.IF(np.ones((3, 6, 6)), np.ones((3, 6, 6)), np.zeros((3, 6, 6))),
        "pool": nir.SumPool2d(np.array([2, 2]), np.array([2, 2]), np.array([0, 0])),
        "flat": nir.Flatten({"input": np.array([3, 3, 3])}, 0, -1),
        "dense": nir.Affine(np.ones((2, 27)), np.zeros(2)),
        "out": nir.IF(np.ones(2), np.ones(2), np.zeros(2)),
        "output": nir.Output({"output": np.array([2])}),
    }
    names = list(nodes)
    graph = nir.NIRGraph(nodes, list(itertools.pairwise(names)))
    nir.write(folder / "model.nir", graph)
    return [folder / "model.nir"]


def write_snn(folder):
    from networks import convolution_network

    from workbench.conversion import convert
    from workbench.network import storage

    network = convolution_network()
    x = np.random.default_rng(0).random((20, 5, 5, 1), np.float32)
    storage.save(network, folder / "analog.snn")
    storage.save(convert(network, x), folder / "spiking.snn")
    return [folder / "analog.snn", folder / "spiking.snn"]


def write_run(folder):
    from networks import convolution_network

    import workbench as wb

    x = np.random.default_rng(0).random((5, 5, 5, 1), np.float32)
    spiking = wb.convert(convolution_network(), x)
    settings = wb.Simulation(steps=9, record="all", record_potentials="all")
    return [wb.simulate(spiking, x, settings).save(folder / "run.zip")]


def write_npz(folder):
    x = np.random.default_rng(0).random((6, 4, 4, 1), np.float32)
    np.savez_compressed(folder / "data.npz", x=x, y=np.arange(6) % 2, classes=["a", "b"])
    (folder / "arrays").mkdir(exist_ok=True)
    np.save(folder / "arrays" / "x.npy", x)
    return [folder / "data.npz", folder / "arrays" / "x.npy"]


def write_images(folder):
    from PIL import Image

    paths = []
    for number, ending in enumerate(("png", "jpg", "bmp", "ppm", "tif", "webp")):
        place = folder / ending / "a"
        place.mkdir(parents=True, exist_ok=True)
        pixels = np.random.default_rng(number).integers(0, 256, (8, 8, 3), np.uint8)
        Image.fromarray(pixels).save(place / f"1.{ending}")
        paths.append(place / f"1.{ending}")
    return paths


def write_events(folder):
    rng = np.random.default_rng(0)
    t = np.sort(rng.integers(0, 10_000, 50))
    x, y, p = rng.integers(0, 34, 50), rng.integers(0, 34, 50), rng.integers(0, 2, 50)
    import event_writers

    events = list(zip(*(column.tolist() for column in (t, x, y, p)), strict=True))
    (folder / "events.bin").write_bytes(event_writers.nmnist(events))
    old = event_writers.aedat2(events, chip="DVS128", height=128, width=128)
    (folder / "old.aedat").write_bytes(old)
    new = event_writers.aedat4([events[:20], events[20:]], height=34, width=34)
    (folder / "new.aedat4").write_bytes(new)
    np.save(folder / "events.npy", np.rec.fromarrays([t, x, y, p], names="t,x,y,p"))
    np.savez(folder / "events.npz", t=t, x=x, y=y, p=p)
    return [file for file in sorted(folder.iterdir()) if file.is_file()]


def write_toolbox(folder):
    from ingest.test_snn_toolbox import DEFAULTS

    text = DEFAULTS.replace("path_wd =\ndataset_path =", "path_wd = .\ndataset_path = .")
    (folder / "config.ini").write_text(text)
    return [folder / "config.ini"]


def write_settings(folder):
    import workbench as wb

    (folder / "conversion.toml").write_text(wb.Conversion(thresholds={"conv": 2.0}).to_toml())
    (folder / "simulation.toml").write_text(wb.Simulation(record=("a", "b")).to_toml())
    return [folder / "conversion.toml", folder / "simulation.toml"]


def write_keras_cases(folder):
    """A file for every example of a layer that other tests have."""
    from layer_cases import CASES

    for case in CASES.values():
        case.build().save(folder / f"{case.name}.keras")
    return sorted(folder.glob("*.keras"))


def write_onnx_cases(folder):
    from ingest.test_onnx_ops import CASES
    from onnx import save
    from onnx_models import single

    for name, (shape, kind, constants, attributes) in CASES.items():
        save(single(kind, shape, *constants, **attributes), folder / f"{name}.onnx")
    return sorted(folder.glob("*.onnx"))


def _converted_cases():
    from layer_cases import CASES, CONVERTED, built

    from workbench.conversion import convert

    for name in CONVERTED[::3]:
        network = built(name)[1]
        yield name, network, convert(network, CASES[name].samples(20))


def write_snn_cases(folder):
    from workbench.network import storage

    for name, network, spiking in _converted_cases():
        storage.save(network, folder / f"{name}.snn")
        storage.save(spiking, folder / f"{name}_spiking.snn")
    return sorted(folder.glob("*.snn"))


def write_nir_cases(folder):
    import contextlib

    from workbench.errors import WorkbenchError
    from workbench.workflow import export

    for name, _, spiking in _converted_cases():
        with contextlib.suppress(WorkbenchError):
            export(spiking, "nir", folder / name)
    return sorted(folder.glob("*.nir"))


def _toolbox(path):
    from workbench.ingest.snn_toolbox import from_snn_toolbox

    for name in ("net.h5", "x_test.npz", "y_test.npz", "x_norm.npz"):
        (path.parent / name).touch()  # None is opened by reading a configuration.
    str(from_snn_toolbox(path))


def _settings(path):
    import workbench as wb

    kind = wb.Conversion if path.stem == "conversion" else wb.Simulation
    kind.from_toml(path.read_bytes().decode("utf-8", "replace"))


def _load(path):
    import workbench as wb

    return wb.load(path)


def _run(path):
    import workbench as wb

    run = wb.load_run(path)
    run.accuracy([0] * len(run.predictions()))
    run.operations()
    run.rates()
    return run.outputs()


def _samples(path):
    from workbench.datasets import from_folder, from_npz

    data = from_npz(path) if path.suffix == ".npz" else from_folder(path.parent)
    return np.asarray(data.x_test[:2])


def _images(path):
    from workbench.datasets import from_folder

    return np.asarray(from_folder(path.parent.parent).x_test)


def _events(path):
    from workbench.datasets import from_events

    return np.asarray(from_events(path, window_ms=1, sensor_size=(128, 128)).x_test[:1])


READERS = {
    "keras": (write_keras, _load),
    "onnx": (write_onnx, _load),
    "nir": (write_nir, _load),
    "snn": (write_snn, _load),
    "run": (write_run, _run),
    "npz": (write_npz, _samples),
    "images": (write_images, _images),
    "events": (write_events, _events),
    "toolbox": (write_toolbox, _toolbox),
    "settings": (write_settings, _settings),
    # More structures, which take longer to write.
    "keras-cases": (write_keras_cases, _load),
    "onnx-cases": (write_onnx_cases, _load),
    "snn-cases": (write_snn_cases, _load),
    "nir-cases": (write_nir_cases, _load),
}
"""By name: what writes valid files, and what reads one."""


def warm_up(reader):
    """Import what a reader needs, so that every case begins with it."""
    import workbench.datasets
    import workbench.workflow  # noqa: F401

    os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")
    if reader.startswith("keras"):
        from workbench.ingest.keras import import_keras

        import_keras()
    if reader.startswith("onnx"):
        import onnxruntime  # noqa: F401

        from workbench.ingest.onnx import import_onnx

        import_onnx()
    if reader.startswith("nir"):
        import nir  # noqa: F401


def rng_of(reader, case):
    """Return the random numbers of a case: the same ones every time."""
    return random.Random(f"{reader} {case}")
