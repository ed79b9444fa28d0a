"""Random Keras networks, drawn from every layer and option that is read.

`drawn` makes functional models of up to eight layers: images, sequences and vectors, branches
that are added, subtracted, averaged or concatenated, shared layers, one input or two.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from workbench.ingest.keras import import_keras

DEPTH = 8

ACTIVATIONS = ("relu", "relu", "linear", "relu6", "leaky_relu", "hard_sigmoid", "hard_tanh")
"""Names of activations, the most common one twice; jumps and curves stand alone."""


def drawn(integer: Callable[[int, int], int]) -> Any:
    """Return a Keras model with weights; its layers' names start with ``at``.

    Parameters
    ----------
    integer : function of (lowest, highest) to int
        Makes every choice.
    """
    return _Drawing(integer).model()


class _Drawing:
    """One model while it is drawn."""

    def __init__(self, integer: Callable[[int, int], int]):
        keras = import_keras()
        from workbench.ingest import keras_objects

        self.keras, self.k, self.own = keras, keras.layers, keras_objects
        self._int = integer
        self.count = 0
        self.given: list[Any] = []
        self.tensors: list[Any] = []
        self.reusable: list[Any] = []

    def model(self) -> Any:
        self.given = [self.keras.Input(self._input_shape(), name="first")]
        if self._one_in(6):
            shape = tuple(self.given[0].shape[1:]) if self._one_in(2) else self._input_shape()
            self.given.append(self.keras.Input(shape, name="second"))
        self.tensors = list(self.given)
        x = self.tensors[-1]
        for _ in range(self._int(1, DEPTH)):
            if self._one_in(5):
                x = self._pick(self.tensors)
            x = self._layer(x)
            self.tensors.append(x)
        x = self._tail(x)
        model = self.keras.Model(self.given, x, name="drawn")
        self._randomize(model)
        return model

    # --- Draws -----------------------------------------------------------------------------------

    def _one_in(self, n: int) -> bool:
        return self._int(1, n) == n

    def _pick(self, choices: Any) -> Any:
        return choices[self._int(0, len(choices) - 1)]

    def _name(self) -> str:
        self.count += 1
        return f"at{self.count}"

    def _input_shape(self) -> tuple[int, ...]:
        rank = self._pick((3, 3, 3, 2, 1))
        if rank == 3:
            return self._int(3, 8), self._int(3, 8), self._int(1, 3)
        return (self._int(4, 10), self._int(1, 3)) if rank == 2 else (self._int(2, 8),)

    # --- Layers ----------------------------------------------------------------------------------

    def _layer(self, x: Any) -> Any:
        """Add a layer that suits a tensor's rank."""
        any_rank = [self._dense, self._batch_norm, self._activation, self._merge, self._removed]
        any_rank += [self._affine, self._reuse]
        places = [self._convolution] * 4 + [self._depthwise, self._separable, self._transposed]
        places += [self._pool] * 2 + [self._pad, self._crop, self._upsample, self._permute]
        rank = len(x.shape) - 1
        kinds = any_rank + (places if rank > 1 else [self._vector])
        layer = self._pick(kinds)(x)
        return x if layer is None else layer

    def _dimension(self, x: Any) -> str:
        return "1D" if len(x.shape) == 3 else "2D"

    def _sizes(self, x: Any) -> tuple[int, ...]:
        return tuple(int(n) for n in x.shape[1:-1])

    def _activation_option(self) -> Any:
        if self._one_in(8):
            return self._pick((self.own.binary_step, self.own.binary_sign, self.own.ternary_step))
        return self._pick(ACTIVATIONS)

    def _window(self, x: Any, *, dilated: bool, equal: bool = False) -> dict[str, Any]:
        """Kernel, strides or dilation, and padding that fit an image."""
        sizes = self._sizes(x)
        padding = self._pick(("same", "valid"))
        kernel = [self._int(1, min(3, n)) for n in sizes]
        strides, dilation = [1] * len(sizes), [1] * len(sizes)
        if dilated and self._one_in(3):
            dilation = [self._int(1, 2) for _ in sizes]
        else:
            strides = [self._int(1, 3) for _ in sizes]
        if equal:
            strides, dilation = [strides[0]] * len(sizes), [dilation[0]] * len(sizes)
        if padding == "valid":
            fits = zip(kernel, dilation, sizes, strict=True)
            kernel = [k if (k - 1) * d < n else 1 for k, d, n in fits]
        options = {"kernel_size": kernel, "strides": strides, "padding": padding}
        if dilated:
            options["dilation_rate"] = dilation
        return {name: _plain(value) for name, value in options.items()}

    def _weighted(self) -> dict[str, Any]:
        bias, activation = not self._one_in(4), self._activation_option()
        return {"use_bias": bias, "activation": activation, "name": self._name()}

    def _kept(self, layer: Any, x: Any) -> Any:
        """Apply a layer that may be used again."""
        self.reusable.append((layer, tuple(x.shape)))
        return layer(x)

    def _convolution(self, x: Any) -> Any:
        channels = int(x.shape[-1])
        groups = self._pick([g for g in (1, 2, 3) if channels % g == 0])
        filters = groups * self._int(1, 2)
        window = self._window(x, dilated=True)
        if channels == 1 and 3 in _numbers(window["strides"]):
            # TensorFlow's own answer is wrong here, now and then, unless TF_ENABLE_ONEDNN_OPTS=0.
            window["strides"] = 1
        if self._dimension(x) == "1D" and window["strides"] == 1 and self._one_in(4):
            window["padding"] = "causal"
        kind = getattr(self.k, f"Conv{self._dimension(x)}")
        return self._kept(kind(filters, groups=groups, **window, **self._weighted()), x)

    def _depthwise(self, x: Any) -> Any:
        kind = getattr(self.k, f"DepthwiseConv{self._dimension(x)}")
        window = self._window(x, dilated=False, equal=True)
        return self._kept(kind(depth_multiplier=self._int(1, 2), **window, **self._weighted()), x)

    def _separable(self, x: Any) -> Any:
        kind = getattr(self.k, f"SeparableConv{self._dimension(x)}")
        window = self._window(x, dilated=False, equal=True)
        options = {**window, **self._weighted()}
        return self._kept(kind(self._int(1, 3), depth_multiplier=self._int(1, 2), **options), x)

    def _transposed(self, x: Any) -> Any:
        if max(self._sizes(x)) > 8:
            return None
        kind = getattr(self.k, f"Conv{self._dimension(x)}Transpose")
        window = self._window(x, dilated=False)
        return kind(self._int(1, 3), **window, **self._weighted())(x)

    def _pool(self, x: Any) -> Any:
        which, dimension = self._pick(("Max", "Average")), self._dimension(x)
        if self._one_in(5):
            kind = getattr(self.k, f"Global{which}Pooling{dimension}")
            return kind(keepdims=self._one_in(2), name=self._name())(x)
        window = self._window(x, dilated=False)
        kind = getattr(self.k, f"{which}Pooling{dimension}")
        size = window.pop("kernel_size")
        if which == "Max" and not self._one_in(4):
            # Maxima of what relu gives are the ones that have a spiking form.
            x = self.k.ReLU(name=self._name())(x)
        return kind(size, **window, name=self._name())(x)

    def _pad(self, x: Any) -> Any:
        sides = tuple((self._int(0, 2), self._int(0, 2)) for _ in self._sizes(x))
        kind = getattr(self.k, f"ZeroPadding{self._dimension(x)}")
        return kind(sides if len(sides) > 1 else sides[0], name=self._name())(x)

    def _crop(self, x: Any) -> Any:
        sides = tuple((self._int(0, (n - 1) // 2), self._int(0, n // 3)) for n in self._sizes(x))
        if any(a + b >= n for (a, b), n in zip(sides, self._sizes(x), strict=True)):
            return None
        kind = getattr(self.k, f"Cropping{self._dimension(x)}")
        return kind(sides if len(sides) > 1 else sides[0], name=self._name())(x)

    def _upsample(self, x: Any) -> Any:
        if max(self._sizes(x)) > 8:
            return None
        factors = tuple(self._int(1, 2) for _ in self._sizes(x))
        kind = getattr(self.k, f"UpSampling{self._dimension(x)}")
        return kind(factors if len(factors) > 1 else factors[0], name=self._name())(x)

    def _permute(self, x: Any) -> Any:
        order = self._pick(((2, 1, 3), (3, 1, 2), (2, 3, 1))) if len(x.shape) == 4 else (2, 1)
        return self.k.Permute(order, name=self._name())(x)

    def _vector(self, x: Any) -> Any:
        """Give a vector another shape."""
        (size,) = tuple(int(n) for n in x.shape[1:])
        if self._one_in(3):
            return self.k.RepeatVector(self._int(2, 3), name=self._name())(x)
        target = (2, size // 2) if size % 2 == 0 else (size, 1)
        target = (*target, 1) if self._one_in(2) else target
        return self.k.Reshape(target, name=self._name())(x)

    def _dense(self, x: Any) -> Any:
        return self._kept(self.k.Dense(self._int(1, 5), **self._weighted()), x)

    def _batch_norm(self, x: Any) -> Any:
        center, scale = not self._one_in(4), not self._one_in(4)
        layer = self.k.BatchNormalization(center=center, scale=scale, name=self._name())
        return self._kept(layer, x)

    def _affine(self, x: Any) -> Any:
        return self.k.Rescaling(
            self._pick((0.5, -2.0)), self._pick((0.0, 0.25)), name=self._name()
        )(x)

    def _removed(self, x: Any) -> Any:
        kind = self._pick((self.k.Dropout, self.k.GaussianNoise, self.k.GaussianDropout))
        return kind(0.25, name=self._name())(x)

    def _activation(self, x: Any) -> Any:
        k, name = self.k, self._name()
        layers = [
            lambda: k.ReLU(name=name),
            lambda: k.ReLU(max_value=0.75, name=name),
            lambda: k.ReLU(max_value=1.5, negative_slope=0.25, threshold=0.125, name=name),
            lambda: k.LeakyReLU(0.3, name=name),
            lambda: k.PReLU(shared_axes=list(range(1, len(x.shape) - 1)) or None, name=name),
            lambda: k.Activation(self._activation_option(), name=name),
            lambda: self.own.QuantizedReLU(levels=4, name=name),
            lambda: k.Activation(self._pick(("softmax", "sigmoid", "tanh")), name=name),
        ]
        return self._pick(layers)()(x)

    def _reuse(self, x: Any) -> Any:
        """Use an earlier layer again, on a tensor of the shape that it had."""
        shape = tuple(x.shape)
        fitting = [layer for layer, known in self.reusable if known == shape]
        return self._pick(fitting)(x) if fitting else None

    def _merge(self, x: Any) -> Any:
        """Join a tensor with earlier ones: side by side, or place by place."""
        k, shape = self.k, tuple(x.shape)
        if self._one_in(3):
            axis = self._int(1, len(shape) - 1)
            others = [t for t in self.tensors if _beside(tuple(t.shape), shape, axis)]
            others = others or [x]
            return k.Concatenate(axis=axis, name=self._name())([self._pick(others), x])
        others = [t for t in self.tensors if tuple(t.shape) == shape and t is not x]
        if not others:
            return None
        kind = self._pick((k.Add, k.Add, k.Subtract, k.Average))
        inputs = [x, self._pick(others)]
        if kind is not k.Subtract and self._one_in(3):
            inputs.append(self._pick(others))
        return kind(name=self._name())(inputs)

    def _tail(self, x: Any) -> Any:
        """Read every input, and end in a classifier or as it is."""
        x = self.k.Flatten(name=self._name())(x) if not self._one_in(4) else x
        unread = [t for t in self.given if t is not x]
        if len(x.shape) == 2 and len(unread) > 1:
            flat = [self.k.Flatten(name=self._name())(t) for t in unread]
            x = self.k.Concatenate(name=self._name())([x, *flat])
        if self._one_in(5):
            return x
        last = self._pick(("linear", "linear", "softmax", "relu", "sigmoid"))
        return self.k.Dense(self._int(2, 4), activation=last, name=self._name())(x)

    def _randomize(self, model: Any) -> None:
        """Give weights values that keep activations alive; normalizations have any sign."""
        rng = np.random.default_rng(self._int(0, 2**16))
        for weight in model.weights:
            shape = tuple(weight.shape)
            if weight.name in ("moving_variance", "ceiling"):
                value = rng.uniform(0.5, 1.5, shape)
            elif weight.name == "gamma":
                value = rng.uniform(0.5, 1.5, shape) * rng.choice([1, 1, 1, -1], shape)
            elif len(shape) > 1:
                value = rng.normal(0.1, 1.0, shape) / np.sqrt(np.prod(shape[:-1]))
            else:
                value = rng.uniform(-0.2, 0.4, shape)
            weight.assign(value.astype(np.float32))


def _plain(value: Any) -> Any:
    """Return what a one-dimensional layer takes as a number, and others as a tuple."""
    if isinstance(value, list):
        return value[0] if len(value) == 1 else tuple(value)
    return value


def _numbers(value: Any) -> tuple[int, ...]:
    return value if isinstance(value, tuple) else (value,)


def _beside(one: tuple[Any, ...], other: tuple[Any, ...], axis: int) -> bool:
    """Whether two shapes are equal but for one axis."""
    return len(one) == len(other) and all(
        a == b for i, (a, b) in enumerate(zip(one, other, strict=True)) if i != axis
    )
