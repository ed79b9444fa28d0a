"""Layers that move, cut, repeat or rename units."""

from typing import Any

from cases.table import SEQUENCE, VECTOR, case, head


@case()
def zero_padding_then_conv(k: Any, x: Any) -> Any:
    x = k.ZeroPadding2D(((0, 1), (2, 0)), name="pad")(x)
    return head(k, k.Conv2D(2, 3, strides=2, activation="relu", name="conv")(x))


@case()
def zero_padding_then_average_pool(k: Any, x: Any) -> Any:
    x = k.Conv2D(2, 2, activation="relu", name="conv")(x)
    x = k.AveragePooling2D(3, strides=2, name="pool")(k.ZeroPadding2D(1, name="pad")(x))
    return head(k, x)


@case()
def zero_padding_of_batch_norm(k: Any, x: Any) -> Any:
    """The shift of the normalization does not reach the padding."""
    x = k.BatchNormalization(name="norm")(k.Conv2D(2, 2, activation="relu", name="conv")(x))
    x = k.ZeroPadding2D(1, name="pad")(x)
    return head(k, k.Conv2D(2, 3, activation="relu", name="conv_2")(x))


@case()
def cropping(k: Any, x: Any) -> Any:
    x = k.Conv2D(2, 2, padding="same", activation="relu", name="conv")(x)
    x = k.Cropping2D(((1, 0), (0, 2)), name="crop")(x)
    return head(k, k.Conv2D(2, 2, activation="relu", name="conv_2")(x))


@case((3, 4, 2))
def upsampling(k: Any, x: Any) -> Any:
    x = k.Conv2D(3, 2, activation="relu", name="conv")(x)
    x = k.UpSampling2D((2, 3), name="up")(x)
    return head(k, k.Conv2D(2, 3, padding="same", activation="relu", name="conv_2")(x))


@case((3, 4, 2))
def upsampling_then_average_pool(k: Any, x: Any) -> Any:
    x = k.Conv2D(3, 2, activation="relu", name="conv")(x)
    x = k.AveragePooling2D(3, strides=1, name="pool")(k.UpSampling2D(2, name="up")(x))
    return head(k, k.Conv2D(2, 2, activation="relu", name="conv_2")(x))


@case()
def permute_then_dense(k: Any, x: Any) -> Any:
    x = k.Conv2D(2, 3, activation="relu", name="conv")(x)
    return head(k, k.Permute((3, 1, 2), name="turn")(x))


@case()
def permute_then_conv(k: Any, x: Any) -> Any:
    x = k.Conv2D(2, 2, activation="relu", name="conv")(k.Permute((2, 1, 3), name="turn")(x))
    return head(k, k.Conv2D(2, 2, activation="relu", name="conv_2")(x))


@case(SEQUENCE)
def sequence_layers(k: Any, x: Any) -> Any:
    x = k.Conv1D(4, 2, activation="relu", name="conv")(k.ZeroPadding1D((1, 2), name="pad")(x))
    x = k.UpSampling1D(2, name="up")(k.Cropping1D((2, 1), name="crop")(x))
    return head(k, k.Conv1D(2, 3, activation="relu", name="conv_2")(x))


@case(VECTOR)
def repeated_vector(k: Any, x: Any) -> Any:
    x = k.RepeatVector(3, name="repeat")(k.Dense(4, activation="relu", name="hidden")(x))
    return head(k, k.Conv1D(2, 2, activation="relu", name="conv")(x))


@case()
def center_crop(k: Any, x: Any) -> Any:
    x = k.CenterCrop(3, 4, name="crop")(x)
    return head(k, k.Conv2D(2, 2, activation="relu", name="conv")(x))


@case()
def resizing(k: Any, x: Any) -> Any:
    x = k.Resizing(6, 10, interpolation="nearest", name="size")(x)
    return head(k, k.Conv2D(2, 2, activation="relu", name="conv")(x))


@case(SEQUENCE)
def time_distributed(k: Any, x: Any) -> Any:
    x = k.TimeDistributed(k.Dense(4, activation="relu"), name="each")(x)
    x = k.TimeDistributed(k.Dropout(0.5), name="drop")(x)
    return head(k, k.TimeDistributed(k.Dense(2, activation="relu"), name="each_2")(x))


@case((6, 5, 3))
def augmentation(k: Any, x: Any) -> Any:
    """Nothing of it acts at inference."""
    x = k.RandomFlip(name="flip")(x)
    x = k.RandomCrop(6, 5, name="cut")(x)
    for kind in ("RandomRotation", "RandomZoom", "RandomContrast", "RandomBrightness"):
        x = getattr(k, kind)(0.1, name=kind)(x)
    x = k.RandomTranslation(0.1, 0.1, name="move")(x)
    for kind in ("RandomShear", "RandomGrayscale", "RandomErasing", "RandomGaussianBlur"):
        x = getattr(k, kind)(name=kind)(x)
    for kind in (
        "RandomPerspective",
        "RandomElasticTransform",
        "RandomInvert",
        "RandomColorJitter",
    ):
        x = getattr(k, kind)(name=kind)(x)
    for kind in ("RandomHue", "RandomSaturation", "RandomSharpness", "RandomColorDegeneration"):
        x = getattr(k, kind)(0.1, name=kind)(x)
    x = k.RandomPosterization(4, name="posterized")(x)
    x = k.AugMix(name="mixed")(k.RandAugment(name="drawn")(x))
    return head(k, k.Conv2D(2, 3, activation="relu", name="conv")(x))
