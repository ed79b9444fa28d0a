"""Train the bundled networks on the bundled samples.

    python data/train_networks.py                # all of them
    python data/train_networks.py lenet mlp      # these
    python data/train_networks.py --trial fashion  # for choosing a recipe: no test sample is read

Every network sees only training samples, freshly changed in every epoch. The number of epochs is
fixed and the last weights are kept: within a training the test samples choose nothing (README.md
says how the recipes came about). Needs keras, tensorflow, scipy.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")  # the same sums on every machine

import keras
import numpy as np
import tensorflow as tf
from keras import layers
from scipy.ndimage import map_coordinates

from workbench.datasets import load

NETWORKS = Path(__file__).resolve().parent / "networks"
SEED = 20


def lenet() -> keras.Model:
    """Two convolutions with average pooling, one hidden dense layer."""
    return keras.Sequential(
        [
            keras.Input((28, 28, 1), name="input"),
            layers.Conv2D(16, 5, padding="same", activation="relu", name="conv1"),
            layers.AveragePooling2D(2, name="pool1"),
            layers.Conv2D(32, 5, padding="same", activation="relu", name="conv2"),
            layers.AveragePooling2D(2, name="pool2"),
            layers.Flatten(name="flatten"),
            layers.Dense(128, activation="relu", name="dense1"),
            layers.Dropout(0.3, name="dropout1"),
            layers.Dense(10, activation="softmax", name="output"),
        ],
        name="lenet",
    )


def mlp() -> keras.Model:
    """784-256-128-10, dense throughout."""
    return keras.Sequential(
        [
            keras.Input((28, 28, 1), name="input"),
            layers.Flatten(name="flatten"),
            layers.Dense(256, activation="relu", name="dense1"),
            layers.Dense(128, activation="relu", name="dense2"),
            layers.Dense(10, activation="softmax", name="output"),
        ],
        name="mlp",
    )


def _batch_norm(name: str) -> layers.BatchNormalization:
    # An epoch has 55 steps: with Keras's momentum of 0.99 the statistics would lag behind.
    return layers.BatchNormalization(momentum=0.9, name=name)


def maxpool() -> keras.Model:
    """Three blocks convolution, batch normalization, ReLU, maximum pooling."""
    stack: list[Any] = [keras.Input((28, 28, 1), name="input")]
    for number, filters in enumerate((16, 32, 48), start=1):
        stack += [
            layers.Conv2D(filters, 3, padding="same", use_bias=False, name=f"conv{number}"),
            _batch_norm(f"bn{number}"),
            layers.Activation("relu", name=f"relu{number}"),
            layers.MaxPooling2D(2, name=f"pool{number}"),
        ]
    stack += [
        layers.Flatten(name="flatten"),
        layers.Dense(64, activation="relu", name="dense1"),
        layers.Dense(10, activation="softmax", name="output"),
    ]
    return keras.Sequential(stack, name="maxpool")


def _residual_block(x: Any, number: int, *, filters: int, strides: int) -> Any:
    shortcut = x
    x = layers.Conv2D(
        filters, 3, strides, padding="same", use_bias=False, name=f"block{number}_conv1"
    )(x)
    x = _batch_norm(f"block{number}_bn1")(x)
    x = layers.Activation("relu", name=f"block{number}_relu1")(x)
    x = layers.Conv2D(filters, 3, padding="same", use_bias=False, name=f"block{number}_conv2")(x)
    x = _batch_norm(f"block{number}_bn2")(x)
    if shortcut.shape[-1] != filters or strides != 1:
        shortcut = layers.Conv2D(
            filters, 1, strides, use_bias=False, name=f"block{number}_shortcut"
        )(shortcut)
        shortcut = _batch_norm(f"block{number}_shortcut_bn")(shortcut)
    x = layers.Add(name=f"block{number}_add")([x, shortcut])
    return layers.Activation("relu", name=f"block{number}_relu2")(x)


def resnet(name: str = "resnet") -> keras.Model:
    """Three residual blocks: the first and the last project their shortcut, the second does not."""
    inputs = keras.Input((28, 28, 1), name="input")
    x = _residual_block(inputs, 1, filters=24, strides=2)
    x = _residual_block(x, 2, filters=24, strides=1)
    x = _residual_block(x, 3, filters=48, strides=2)
    x = layers.GlobalAveragePooling2D(name="pool")(x)
    outputs = layers.Dense(10, activation="softmax", name="output")(x)
    return keras.Model(inputs, outputs, name=name)


def counting() -> keras.Model:
    """Small enough to count by hand: 60 + 20,760 parameters.

    Twenty-four outputs, of which the ten digits use the first ten. The rest are trained too, to
    stay below: no digit belongs to them.
    """
    return keras.Sequential(
        [
            keras.Input((14, 14, 1), name="input"),
            layers.Conv2D(6, 3, activation="relu", name="conv1"),
            layers.Flatten(name="flatten"),
            layers.Dense(24, activation="softmax", name="output"),
        ],
        name="counting",
    )


def distort(images: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Shift, turn, scale and shear every image by its own small amount.

    Parameters
    ----------
    images : ndarray of float32, shape (samples, height, width, 1)
    rng : numpy.random.Generator
    """
    samples, height, width, _ = images.shape
    angle = np.deg2rad(rng.uniform(-12, 12, samples))
    zoom = rng.uniform(0.9, 1.1, (samples, 2))
    shear = rng.uniform(-0.15, 0.15, (samples, 1))
    shift = rng.uniform(-0.07, 0.07, (samples, 2)) * np.array([height, width])
    rotate = np.stack([np.cos(angle), -np.sin(angle), np.sin(angle), np.cos(angle)], -1)
    matrix = rotate.reshape(-1, 2, 2) * zoom[:, None, :]
    matrix[:, :, 1] += shear * matrix[:, :, 0]
    centre = np.array([(height - 1) / 2, (width - 1) / 2])
    grid = np.indices((height, width)).reshape(2, -1).T - centre
    source = np.einsum("nij,pj->nip", matrix, grid) + (centre + shift)[:, :, None]
    sample = np.broadcast_to(np.arange(samples)[:, None], (samples, height * width))
    values = map_coordinates(images[..., 0], [sample, source[:, 0], source[:, 1]], order=1)
    return values.reshape(images.shape).astype(np.float32)


def shift_and_mirror(images: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Shift every image by up to 2 pixels both ways, and mirror every second one.

    Parameters
    ----------
    images : ndarray of float32, shape (samples, height, width, 1)
    rng : numpy.random.Generator
    """
    samples, height, width, _ = images.shape
    wide = np.pad(images, ((0, 0), (2, 2), (2, 2), (0, 0)))
    down, right = rng.integers(0, 5, (2, samples, 1))
    rows, columns = down + np.arange(height), right + np.arange(width)
    mirrored = rng.random(samples) < 0.5
    columns[mirrored] = columns[mirrored, ::-1]
    return wide[np.arange(samples)[:, None, None], rows[:, :, None], columns[:, None, :]]


@dataclass(frozen=True)
class Recipe:
    """How one network is trained."""

    build: Callable[[], keras.Model]
    epochs: int
    learning_rate: float = 2e-3
    weight_decay: float = 0.02
    label_smoothing: float = 0.05  # keeps the logits, and so the output rates, from running away
    data: str = "mnist"
    change: Callable[[np.ndarray, np.random.Generator], np.ndarray] = distort
    held_out: int = 0  # the first training samples, which choose the recipe and train nothing
    counted: bool = False  # train with activations that are rounded as spike counts are
    biases_away_from_zero: bool = False


RECIPES = {
    "mlp": Recipe(mlp, epochs=60),
    "lenet": Recipe(lenet, epochs=80),
    "maxpool": Recipe(maxpool, epochs=50, counted=True),
    "resnet": Recipe(resnet, epochs=60, counted=True),
    # The same but for the rounding: what conversion costs a network that was not prepared for it.
    "resnet_plain": Recipe(partial(resnet, "resnet_plain"), epochs=60),
    "fashion": Recipe(
        partial(resnet, "fashion"),
        epochs=30,
        data="fashion",
        change=shift_and_mirror,
        held_out=1000,
    ),
    "counting": Recipe(
        counting,
        epochs=80,
        weight_decay=0.2,
        label_smoothing=0.1,
        data="mnist14",
        counted=True,
        biases_away_from_zero=True,
    ),
}


class ChangedSamples(keras.utils.PyDataset):
    """Batches of changed samples, a new order and new changes in every epoch."""

    def __init__(self, x: np.ndarray, y: np.ndarray, change: Any, *, batch: int = 128):
        super().__init__()
        self.x, self.y, self.change, self.batch = x, y, change, batch
        self.rng = np.random.default_rng(SEED)
        self.on_epoch_end()

    def __len__(self) -> int:
        return len(self.x) // self.batch

    def on_epoch_end(self) -> None:
        order = self.rng.permutation(len(self.x))
        self.epoch_x, self.epoch_y = self.change(self.x[order], self.rng), self.y[order]

    def __getitem__(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        part = slice(index * self.batch, (index + 1) * self.batch)
        return self.epoch_x[part], self.epoch_y[part]


def count_activations(model: keras.Model) -> None:
    """Let every ReLU give what a spike count would give, for training only.

    A neuron that integrates for T steps can say k/T of its largest rate, rounded down. In a deep
    network these losses and the late start of every layer add up, and one trained without them
    needs several times the steps. Each sample draws its own number of steps, from 10 upwards
    without an end, so that the network stays right without rounding too.
    """
    seeds = keras.random.SeedGenerator(SEED)

    def counted(x: Any) -> Any:
        x = keras.ops.relu(x)
        # About the 99.9th percentile of the layers met here, without a sort in every step.
        largest = keras.ops.stop_gradient(0.6 * keras.ops.max(x)) + 1e-6
        shape = (keras.ops.shape(x)[0], *[1] * (len(x.shape) - 1))
        quantum = largest * keras.random.uniform(shape, 1e-3, 0.1, seed=seeds)
        clipped = keras.ops.minimum(x, largest)
        rounded = keras.ops.floor(clipped / quantum) * quantum
        return clipped + keras.ops.stop_gradient(rounded - clipped)

    for layer in model.layers:
        if getattr(layer, "activation", None) is keras.activations.relu:
            layer.activation = counted


class AwayFromZero(keras.constraints.Constraint):
    """Keep every bias at 1/64 or beyond, on its side of zero.

    Filters that see an empty background end with a bias of nearly nothing. A synapse counted with
    such a bias would vanish when weights are rounded.
    """

    def __call__(self, w: Any) -> Any:
        sign = keras.ops.where(w < 0, -1.0, 1.0)
        return sign * keras.ops.maximum(keras.ops.abs(w), 1 / 64)


def train(name: str, *, verbose: int = 2) -> keras.Model:
    """Train one network from its recipe and return it without any training state."""
    recipe = RECIPES[name]
    data = load(recipe.data)
    keras.utils.set_random_seed(SEED)
    model = recipe.build()
    if recipe.counted:
        count_activations(model)
    if recipe.biases_away_from_zero:
        for layer in model.layers:
            if getattr(layer, "bias", None) is not None:
                layer.bias.constraint = AwayFromZero()
    trained = slice(recipe.held_out, None)
    answers = np.eye(model.output_shape[-1])[data.y_train[trained]]
    batches = ChangedSamples(data.x_train[trained], answers, recipe.change)
    schedule = keras.optimizers.schedules.CosineDecay(
        0.0,
        recipe.epochs * len(batches),
        warmup_target=recipe.learning_rate,
        warmup_steps=len(batches),
    )
    optimizer = keras.optimizers.AdamW(schedule, weight_decay=recipe.weight_decay)
    optimizer.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
    loss = keras.losses.CategoricalCrossentropy(label_smoothing=recipe.label_smoothing)
    model.compile(optimizer, loss, metrics=["accuracy"])
    model.fit(batches, epochs=recipe.epochs, shuffle=False, verbose=verbose)
    clean = recipe.build()  # never compiled: the file holds neither optimizer nor loss
    clean.set_weights(model.get_weights())
    return clean


def accuracy(model: keras.Model, x: np.ndarray, y: np.ndarray) -> float:
    """Return the part of the samples that a network names rightly."""
    scores = model.predict(x, batch_size=500, verbose=0)
    return float(np.mean(scores.argmax(1) == y))


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="Train the bundled networks.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(RECIPES)}")
    parser.add_argument("--folder", type=Path, default=NETWORKS, help="where the files go")
    parser.add_argument("--quiet", action="store_true", help="no line for every epoch")
    parser.add_argument(
        "--trial", action="store_true", help="look at held-out training samples, not at the test"
    )
    options = parser.parse_args(arguments)
    unknown = sorted(set(options.names) - set(RECIPES))
    if unknown:
        parser.error(f"no network is called {', '.join(unknown)}; known: {', '.join(RECIPES)}")
    tf.config.threading.set_intra_op_parallelism_threads(2)
    tf.config.threading.set_inter_op_parallelism_threads(2)
    tf.config.experimental.enable_op_determinism()
    options.folder.mkdir(parents=True, exist_ok=True)
    for name in options.names or RECIPES:
        start = time.perf_counter()
        model = train(name, verbose=0 if options.quiet else 2)
        path = options.folder / f"{name}.keras"
        model.save(path)
        recipe, data = RECIPES[name], load(RECIPES[name].data)
        found = []
        if recipe.held_out:
            kept = slice(recipe.held_out)
            found.append(f"{accuracy(model, data.x_train[kept], data.y_train[kept]):.2%} held out")
        if not options.trial:
            found.append(f"{accuracy(model, data.x_test, data.y_test):.2%} of the test samples")
        print(
            f"{name}: {', '.join(found)}, "
            f"{model.count_params():,} parameters, {time.perf_counter() - start:.0f} s, {path}"
        )


if __name__ == "__main__":
    main()
