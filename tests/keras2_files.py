"""Files as Keras 2 wrote them: architectures in its words, and weights in its layout."""

import json

import h5py
import numpy as np

GLOROT = {
    "class_name": "VarianceScaling",
    "config": {"scale": 1.0, "mode": "fan_avg", "distribution": "uniform", "seed": None},
}
"""An initializer as Keras 2.0 to 2.3 wrote it."""

TRAINING = {
    "kernel_initializer": GLOROT,
    "bias_initializer": {"class_name": "Zeros", "config": {}},
    "kernel_regularizer": None,
    "bias_regularizer": None,
    "activity_regularizer": None,
    "kernel_constraint": None,
    "bias_constraint": None,
}


def layer(kind, name, **options):
    return {"class_name": kind, "config": {"name": name, "trainable": True, **options}}


def dense(name, units, activation="linear", **options):
    given = {"units": units, "activation": activation, "use_bias": True, **TRAINING, **options}
    return layer("Dense", name, **given)


def conv(name, filters, size, activation="linear", **options):
    given = {
        "filters": filters,
        "kernel_size": [size, size],
        "strides": [1, 1],
        "padding": "valid",
        "data_format": "channels_last",
        "dilation_rate": [1, 1],
        "activation": activation,
        "use_bias": True,
    }
    return layer("Conv2D", name, **{**given, **TRAINING, **options})


def sequential(*layers, listed=False):
    """Return an architecture; `listed` as Keras up to 2.2.2 wrote it."""
    config = list(layers) if listed else {"name": "sequential_1", "layers": list(layers)}
    return {"class_name": "Sequential", "config": config}


def write_weights(path, weights, *, version="2.2.4", backend="tensorflow"):
    """Write the weights of layers, {layer: {name: array}}, as `save_weights` did."""
    with h5py.File(path, "w") as file:
        _put(file, weights, version, backend)
    return path


def write_model(path, architecture, weights, *, version="2.2.4", backend="tensorflow"):
    """Write a whole model, as `save` did."""
    with h5py.File(path, "w") as file:
        file.attrs["model_config"] = json.dumps(architecture).encode()
        file.attrs["keras_version"], file.attrs["backend"] = version.encode(), backend.encode()
        _put(file.create_group("model_weights"), weights, version, backend)
    return path


def _put(group, weights, version, backend):
    group.attrs["layer_names"] = [name.encode() for name in weights]
    group.attrs["keras_version"], group.attrs["backend"] = version.encode(), backend.encode()
    for name, arrays in weights.items():
        part = group.create_group(name)
        part.attrs["weight_names"] = [f"{name}/{key}:0".encode() for key in arrays]
        for key, array in arrays.items():
            part.create_dataset(f"{name}/{key}:0", data=array)


def random(*shape, seed=0):
    return np.random.default_rng(seed).normal(0, 0.3, shape).astype("f4")


def weighted(*shape, seed=0):
    """Return a kernel and a bias."""
    return {"kernel": random(*shape, seed=seed), "bias": random(shape[-1], seed=seed + 1)}
