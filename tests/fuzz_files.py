"""Small valid files of every kind that is read, for damaging them."""

import itertools

import numpy as np


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
    from toolbox_files import DEFAULTS

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
    from onnx import save
    from onnx_models import single
    from onnx_op_cases import CASES

    for name, (shape, kind, constants, attributes) in CASES.items():
        save(single(kind, shape, *constants, **attributes), folder / f"{name}.onnx")
    return sorted(folder.glob("*.onnx"))


def _converted_cases():
    from layer_cases import CASES, CONVERTED, stored

    from workbench.conversion import convert

    for name in CONVERTED[::3]:
        network = stored(name)
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
