"""Pooling of every kind."""

from typing import Any

from cases.table import IMAGE, SEQUENCE, case, head


def _pooling(name: str, kind: str, shape: tuple[int, ...] = IMAGE, **options: Any) -> None:
    def builder(k: Any, x: Any) -> Any:
        x = k.Conv2D(2, 2, padding="same", activation="relu", name="conv")(x)
        return head(k, getattr(k, kind)(name="pool", **options)(x))

    builder.__name__ = name
    case(shape)(builder)


for _kind, _name in (("AveragePooling2D", "average"), ("MaxPooling2D", "max")):
    _pooling(f"{_name}_pool", _kind, (6, 4, 2), pool_size=2)
    _pooling(f"{_name}_pool_odd", _kind, (7, 5, 2), pool_size=2)
    _pooling(f"{_name}_pool_odd_same", _kind, (7, 5, 2), pool_size=2, padding="same")
    _pooling(f"{_name}_pool_overlapping", _kind, (7, 6, 2), pool_size=3, strides=2)
    _pooling(f"{_name}_pool_overlapping_same", _kind, pool_size=3, strides=1, padding="same")
    _pooling(f"{_name}_pool_oblong", _kind, pool_size=(3, 1), strides=(1, 2), padding="same")
    _pooling(f"{_name}_pool_gaps", _kind, (7, 6, 2), pool_size=2, strides=3)
_pooling("global_average", "GlobalAveragePooling2D")
_pooling("global_average_keepdims", "GlobalAveragePooling2D", keepdims=True)


@case()
def average_pool_on_input(k: Any, x: Any) -> Any:
    x = k.AveragePooling2D(2, padding="same", name="pool")(x)
    return head(k, k.Conv2D(2, 2, activation="relu", name="conv")(x))


@case()
def average_pool_twice(k: Any, x: Any) -> Any:
    x = k.Conv2D(2, 2, padding="same", activation="relu", name="conv")(x)
    x = k.AveragePooling2D(2, padding="same", name="pool_1")(x)
    x = k.AveragePooling2D(2, padding="same", name="pool_2")(x)
    return head(k, k.Conv2D(2, 2, activation="relu", padding="same", name="conv_2")(x))


@case()
def average_pool_before_relu(k: Any, x: Any) -> Any:
    x = k.Conv2D(2, 2, padding="same", name="conv")(x)
    x = k.AveragePooling2D(3, strides=2, padding="same", name="pool")(x)
    return head(k, k.ReLU(name="relu")(x))


@case()
def average_pools_around_conv(k: Any, x: Any) -> Any:
    x = k.Conv2D(2, 2, activation="relu", padding="same", name="conv")(x)
    x = k.AveragePooling2D(2, strides=1, name="pool_1")(x)
    x = k.Conv2D(2, 2, padding="same", name="conv_2")(x)
    x = k.AveragePooling2D(2, padding="same", name="pool_2")(x)
    x = k.AveragePooling2D(2, padding="same", name="pool_3")(x)
    return head(k, k.ReLU(name="relu")(x))


@case()
def max_pool_twice_with_conv_between(k: Any, x: Any) -> Any:
    x = k.Conv2D(2, 3, padding="same", activation="relu", name="conv")(x)
    x = k.MaxPooling2D(2, padding="same", name="pool")(x)
    x = k.Conv2D(2, 2, padding="same", activation="relu", name="conv_2")(x)
    return head(k, k.MaxPooling2D(2, name="pool_2")(x))


@case()
def global_max_pool(k: Any, x: Any) -> Any:
    x = k.Conv2D(3, 2, activation="relu", name="conv")(x)
    return k.Dense(3, name="head")(k.GlobalMaxPooling2D(name="pool")(x))


def _sequence(name: str, kind: str, **options: Any) -> None:
    def builder(k: Any, x: Any) -> Any:
        x = k.Conv1D(4, 3, activation="relu", name="conv")(x)
        x = getattr(k, kind)(name="pool", **options)(x)
        return head(k, x)

    builder.__name__ = name
    case(SEQUENCE)(builder)


_sequence("average_pool_1d", "AveragePooling1D", pool_size=2, padding="same")
_sequence("max_pool_1d", "MaxPooling1D", pool_size=3, strides=2)
_sequence("global_average_1d", "GlobalAveragePooling1D")
_sequence("global_max_pool_1d", "GlobalMaxPooling1D", keepdims=True)


@case()
def conv_max_pool_relu(k: Any, x: Any) -> Any:
    """A rectifier after the pooling, as many tutorials have it."""
    x = k.MaxPooling2D(2, name="pool")(k.Conv2D(3, 3, padding="same", name="conv")(x))
    return head(k, k.ReLU(name="relu")(x))


@case()
def conv_max_pool_batch_norm_relu(k: Any, x: Any) -> Any:
    x = k.MaxPooling2D(2, name="pool")(k.Conv2D(3, 3, padding="same", name="conv")(x))
    return head(k, k.ReLU(6.0, name="relu")(k.BatchNormalization(name="norm")(x)))


@case()
def max_pool_of_batch_norm(k: Any, x: Any) -> Any:
    """A normalization between rectifier and pooling, as many networks have it."""
    x = k.Conv2D(3, 3, padding="same", activation="relu", name="conv")(x)
    x = k.Rescaling(0.5, -0.1, name="rescaling")(k.BatchNormalization(name="norm")(x))
    x = k.MaxPooling2D(3, strides=2, padding="same", name="pool")(x)
    return head(k, k.Conv2D(2, 2, activation="relu", name="conv_2")(x))


@case()
def max_pool_of_max_pool(k: Any, x: Any) -> Any:
    x = k.Conv2D(2, 2, padding="same", activation="relu", name="conv")(x)
    x = k.MaxPooling2D(2, strides=1, name="pool_1")(x)
    return head(k, k.MaxPooling2D(2, name="pool_2")(x))


@case()
def max_pool_of_padding(k: Any, x: Any) -> Any:
    """As ResNet begins."""
    x = k.Conv2D(2, 2, activation="relu", name="conv")(k.ZeroPadding2D(1, name="pad_1")(x))
    return head(k, k.MaxPooling2D(3, strides=2, name="pool")(k.ZeroPadding2D(1, name="pad_2")(x)))


@case()
def max_pool_of_concatenation(k: Any, x: Any) -> Any:
    """As Inception does."""
    a = k.Conv2D(2, 3, padding="same", activation="relu", name="conv_a")(x)
    b = k.Conv2D(3, 1, activation="relu", name="conv_b")(x)
    x = k.MaxPooling2D(3, strides=2, name="pool")(k.Concatenate(name="both")([a, b]))
    return head(k, x)


@case()
def max_pool_of_averages(k: Any, x: Any) -> Any:
    """Averages and sums of rectified values are never negative."""
    a = k.Conv2D(2, 3, padding="same", activation="relu", name="conv_a")(x)
    b = k.AveragePooling2D(3, strides=1, padding="same", name="mean")(a)
    c = k.Add(name="sum")([a, b])
    x = k.MaxPooling2D(2, name="pool")(k.Concatenate(name="all")([a, b, c]))
    return head(k, x)


@case()
def conv_average_pool_relu(k: Any, x: Any) -> Any:
    x = k.AveragePooling2D(2, name="pool")(k.Conv2D(3, 3, padding="same", name="conv")(x))
    return head(k, k.ReLU(name="relu")(x))


@case()
def relu_max_pool_batch_norm(k: Any, x: Any) -> Any:
    x = k.Conv2D(3, 3, padding="same", activation="relu", name="conv")(x)
    x = k.BatchNormalization(name="norm")(k.MaxPooling2D(2, name="pool")(x))
    return head(k, k.Conv2D(2, 2, activation="relu", name="conv_2")(x))


@case()
def output_max_pool(k: Any, x: Any) -> Any:
    return k.MaxPooling2D(2, name="pool")(k.Conv2D(2, 2, activation="relu", name="conv")(x))


@case()
def max_pool_on_input(k: Any, x: Any) -> Any:
    return head(k, k.MaxPooling2D(2, name="pool")(x))


@case()
def max_pool_of_linear(k: Any, x: Any) -> Any:
    return head(k, k.MaxPooling2D(2, name="pool")(k.Conv2D(2, 2, name="conv")(x)))


@case()
def max_pool_of_leaky_relu(k: Any, x: Any) -> Any:
    x = k.LeakyReLU(name="act")(k.Conv2D(2, 2, name="conv")(x))
    return head(k, k.MaxPooling2D(2, name="pool")(x))


@case()
def max_pool_of_both_signs(k: Any, x: Any) -> Any:
    x = k.Conv2D(2, 2, activation="relu", name="conv")(x)
    return head(k, k.MaxPooling2D(2, name="pool")(k.Rescaling([1.0, -1.0], name="signs")(x)))


@case()
def max_pool_before_batch_norm_of_both_signs(k: Any, x: Any) -> Any:
    x = k.MaxPooling2D(2, name="pool")(k.Conv2D(2, 2, name="conv")(x))
    x = k.Rescaling([1.0, -1.0], name="signs")(x)
    return head(k, k.ReLU(name="relu")(x))


@case()
def max_pool_of_hard_tanh(k: Any, x: Any) -> Any:
    """Values with a sign, that several units share."""
    x = k.Conv2D(2, 2, activation="hard_tanh", name="clip")(x)
    return k.Dense(3, name="head")(k.GlobalMaxPooling2D(name="pool")(x))


@case()
def global_max_pool_before_relu(k: Any, x: Any) -> Any:
    x = k.GlobalMaxPooling2D(name="pool")(k.Conv2D(3, 2, name="conv")(x))
    return k.Dense(3, name="head")(k.ReLU(name="relu")(x))


@case(SEQUENCE)
def max_pool_1d_of_batch_norm(k: Any, x: Any) -> Any:
    x = k.Conv1D(4, 3, activation="relu", name="conv")(x)
    return head(k, k.MaxPooling1D(2, name="pool")(k.BatchNormalization(name="norm")(x)))


@case(SEQUENCE)
def global_max_pool_1d_before_relu(k: Any, x: Any) -> Any:
    x = k.GlobalMaxPooling1D(name="pool")(k.Conv1D(3, 2, name="conv")(x))
    return k.Dense(3, name="head")(k.ReLU(name="relu")(x))
