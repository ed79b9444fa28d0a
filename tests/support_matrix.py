"""The support matrix of the docs: what each layer can do where, tried on the case table.

``python tests/support_matrix.py`` writes the page; a contract test compares.
"""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Callable
from fnmatch import fnmatchcase
from pathlib import Path

from layer_cases import CASES, stored

from workbench.conversion import convert
from workbench.errors import WorkbenchError
from workbench.exporters import built_in, export
from workbench.network.spiking import SpikingNetwork
from workbench.settings import Conversion

PAGE = Path(__file__).parent.parent / "docs" / "reference" / "support_matrix.md"
INTRODUCTION = """\
# Support matrix

What each layer becomes, and which targets of export can say it. The tests write this page: they
convert some 170 small networks, export them, read the files back or run them, and compare.
*exact*: the spike trains are equal, one by one. *approx.*: Loihi has 8-bit weights and spikes as
inputs, PyNN's neurons reset to zero and answer a step later; every export says how close it came.
*with `relu`*: after a conversion with `Conversion(max_pool="relu")`. Numbers lead to reasons below
the table.
"""

ROWS: dict[str, tuple[str, ...]] = {
    "Dense, TimeDistributed(Dense)": ("dense_*", "relu_output", "time_distributed"),
    "Conv1D, Conv2D: strides, dilation, groups, any kernel, *same*, *valid*, *causal*": (
        "conv_odd*", "conv_even*", "conv_oblong*", "conv_single*", "conv_without*", "conv_stride*",
        "conv_unequal*", "conv_dilated*", "conv_groups*", "conv1d*", "conv_zero*", "output_conv",
    ),
    "binary and ternary weights": ("conv_ternary_weights",),
    "DepthwiseConv1D, DepthwiseConv2D": ("depthwise*",),
    "SeparableConv1D, SeparableConv2D": ("separable*",),
    "Conv1DTranspose, Conv2DTranspose": ("transposed*",),
    "AveragePooling1D, 2D, GlobalAveragePooling1D, 2D": (
        "average_pool*", "global_average*", "conv_average_pool_relu", "output_average_pool",
        "output_global_average",
    ),
    "MaxPooling1D, 2D, GlobalMaxPooling1D, 2D of rectified values": (
        "max_pool*", "global_max*", "conv_max_pool*", "!max_pool_on_input", "!max_pool_of_linear",
        "!max_pool_of_both_signs", "!max_pool_of_leaky_relu", "!max_pool_of_hard_tanh",
        "!max_pool_before_*",
    ),
    "max pooling of values with a sign": (
        "max_pool_on_input", "max_pool_of_linear", "max_pool_of_both_signs",
        "max_pool_of_leaky_relu", "max_pool_of_hard_tanh", "max_pool_before_*",
    ),
    "max pooling at the output": ("output_max_pool",),
    "BatchNormalization, anywhere": ("batch_norm*", "relu_max_pool_batch_norm"),
    "Rescaling, Normalization, arithmetic with numbers": (
        "rescaling*", "normalization*", "arithmetic*",
    ),
    "Add, Subtract, Average, residual connections": (
        "add_*", "subtract", "average_of_three", "sums_of_tensors", "residual*", "output_add",
        "inverted_residual",
    ),
    "Concatenate": ("concatenate*",),
    "Flatten, Reshape": ("reshape*", "output_flatten"),
    "Permute, ZeroPadding, Cropping, UpSampling and Resizing (nearest), RepeatVector": (
        "permute*", "zero_padding*", "cropping", "center_crop", "upsampling*", "resizing",
        "sequence_layers", "repeated*",
    ),
    "channels_first": ("channels_first*",),
    "nested models, shared layers": ("nested*", "shared*"),
    "several inputs": ("two_inputs*",),
    "ReLU, ReLU6, max_value": (
        "relu6", "relu_max_value", "relu_on_input", "relu_after_flatten", "relu_twice",
        "separate_activations", "activations_in_a_row", "operations_without_layers",
    ),
    "LeakyReLU, PReLU, negative_slope": (
        "leaky_relu*", "prelu*", "relu_negative_slope", "activation_layer_in_a_layer",
    ),
    "ReLU with a threshold": ("relu_threshold*", "relu_all_options"),
    "hard_sigmoid, hard_tanh": ("hard_*",),
    "binary, sign and ternary activations": (
        "binary_activation", "sign_activation", "ternary_activation",
    ),
    "QuantizedReLU (QCFS)": ("quantized_activation",),
    "softmax, sigmoid, tanh at the output": (
        "softmax*", "sigmoid_output*", "tanh_output", "leaky_output", "!softmax_inside",
        "!softmax_flattened",
    ),
    "softmax, sigmoid, tanh inside": ("softmax_inside", "sigmoid_inside", "softmax_flattened"),
    "dropout, noise, regularization, augmentation, Identity": (
        "dropout*", "training_layers", "augmentation",
    ),
    "a model without layers": ("input_only",),
}  # fmt: skip
"""Rows and the cases that stand for them, as patterns; a pattern after ! takes cases out."""

Operation = Callable[[SpikingNetwork], str]
"""What is done with a spiking network; returns how well it went: "yes", "exact", "approx."."""

AGREEMENT = {"exact": "exact", "approximate": "approx."}
"""How well a target does what it does not refuse, by the parity that it declares. Files are only
written here: `tests/contracts/test_cases_exports.py` runs them, and compares spikes with ``==``
where this says so."""


def cases_of(patterns: tuple[str, ...]) -> tuple[str, ...]:
    """Return the cases that patterns choose."""
    chosen = [p for p in patterns if not p.startswith("!")]
    excluded = [p[1:] for p in patterns if p.startswith("!")]
    return tuple(
        name
        for name in CASES
        if any(fnmatchcase(name, p) for p in chosen)
        and not any(fnmatchcase(name, p) for p in excluded)
    )


def _written(target: str) -> Operation:
    def write(spiking: SpikingNetwork) -> str:
        with tempfile.TemporaryDirectory() as folder:
            export(spiking, target, Path(folder) / "network")
        return AGREEMENT[built_in()[target].parity]

    return write


OPERATIONS: dict[str, Operation] = {
    "converted": lambda spiking: "yes",
    **{f"`{target}`": _written(target) for target in built_in()},
}


def outcomes(name: str) -> dict[str, tuple[str, str]]:
    """Return what every operation makes of a case: how well it went, the reason of a refusal."""
    found: dict[str, tuple[str, str]] = {}
    try:
        x = CASES[name].samples(8)
        spiking, plain = (
            convert(stored(name), x, Conversion(max_pool=rule)) for rule in ("exact", "relu")
        )
    except WorkbenchError as error:
        return dict.fromkeys(OPERATIONS, ("", str(error).splitlines()[0]))
    for title, operation in OPERATIONS.items():
        try:
            found[title] = operation(spiking), ""
            continue
        except WorkbenchError as error:
            found[title] = "", str(error).splitlines()[0]
        if plain != spiking:  # Where a target has no max pooling, plain neurons may do.
            with contextlib.suppress(WorkbenchError):
                found[title] = f"{operation(plain)} with `relu`", ""
    return found


def matrix() -> str:
    """Return the table as Markdown, with the reasons of refusals below it."""
    lines = [" | ".join(["", *OPERATIONS]), " | ".join(["---", *[":---:"] * len(OPERATIONS)])]
    reasons: list[str] = []
    for label, patterns in ROWS.items():
        results = [outcomes(name) for name in cases_of(patterns)]
        cells = [_cell([result[title] for result in results], reasons) for title in OPERATIONS]
        lines.append(" | ".join([label, *cells]))
    table = "".join(f"| {line} |\n" for line in lines)
    notes = "".join(f"{number}. {reason}\n" for number, reason in enumerate(reasons, 1))
    return f"{table}\nRefused, for example:\n\n{notes}"


def _cell(results: list[tuple[str, str]], reasons: list[str]) -> str:
    """Return a cell: how well it goes, no, or in part, with the number of the reason."""
    refused = [text for _, text in results if text]
    if not refused:
        return " or ".join(sorted({word for word, _ in results}))
    known = [_reason(text) for text in reasons]
    if _reason(refused[0]) not in known:
        reasons.append(refused[0])
        known.append(_reason(refused[0]))
    word = "no" if len(refused) == len(results) else "in part"
    return f"{word} ({known.index(_reason(refused[0])) + 1})"


def _reason(refusal: str) -> str:
    """Return what refusals of different layers have in common: how they end."""
    return refusal.rsplit(";", 1)[-1]


def page() -> str:
    """Return the whole page as Markdown."""
    return f"{INTRODUCTION}\n{matrix()}"


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
