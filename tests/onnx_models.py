"""Small ONNX models, built by hand, and what onnxruntime answers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

onnx = pytest.importorskip("onnx", reason="the extra 'onnx' is not installed")
onnxruntime = pytest.importorskip("onnxruntime", reason="the extra 'onnx' is not installed")

FLOAT = onnx.TensorProto.FLOAT


def node(kind: str, inputs: Any, outputs: Any, **attributes: Any) -> Any:
    """One operation; names of values separated by blanks, "-" for one that is left out."""
    names = [name.replace("-", "") for name in inputs.split()]
    return onnx.helper.make_node(kind, names, outputs.split(), **attributes)


def model(
    nodes: list[Any],
    inputs: dict[str, tuple[Any, ...]],
    outputs: str,
    constants: dict[str, Any] | None = None,
    *,
    opset: int = 18,
    kind: int = FLOAT,
) -> Any:
    """A model; shapes of outputs are inferred, or left of rank 2 where they cannot be."""
    stored = [
        onnx.numpy_helper.from_array(np.asarray(value), name)
        for name, value in (constants or {}).items()
    ]
    given = [onnx.helper.make_tensor_value_info(n, kind, dims) for n, dims in inputs.items()]
    wanted = [onnx.helper.make_tensor_value_info(n, FLOAT, None) for n in outputs.split()]
    graph = onnx.helper.make_graph(nodes, "small", given, wanted, stored)
    others = sorted({operation.domain for operation in nodes} - {""})
    opsets = [onnx.helper.make_opsetid("", opset)]
    opsets += [onnx.helper.make_opsetid(domain, 1) for domain in others]
    made = onnx.helper.make_model(graph, opset_imports=opsets, ir_version=9)
    made = onnx.shape_inference.infer_shapes(made, data_prop=True)
    for value in made.graph.output:
        if not value.type.tensor_type.HasField("shape"):
            value.CopyFrom(onnx.helper.make_tensor_value_info(value.name, FLOAT, ["n", "m"]))
    return made


def single(
    kind: str, shape: tuple[int, ...], *constants: Any, opset: int = 18, **attributes: Any
) -> Any:
    """A model of one operation that reads x and constants; None leaves one out."""
    names = [f"c{i}" if c is not None else "-" for i, c in enumerate(constants)]
    stored = {
        name: np.asarray(c) for name, c in zip(names, constants, strict=True) if c is not None
    }
    operation = node(kind, " ".join(["x", *names]), "y", name="op", **attributes)
    return model([operation], {"x": ("n", *shape)}, "y", stored, opset=opset)


def weights(*shape: int, seed: int = 0) -> np.ndarray:
    """Seeded weights of both signs; float32."""
    return np.random.default_rng(seed).normal(0.1, 0.5, shape).astype(np.float32)


def samples(shape: tuple[int, ...], n: int = 4, seed: int = 1) -> np.ndarray:
    """Inputs of both signs; float32."""
    return np.random.default_rng(seed).normal(0, 2, (n, *shape)).astype(np.float32)


def answer(made: Any, *inputs: np.ndarray, output: str | None = None) -> np.ndarray:
    """What onnxruntime gives for samples."""
    session = onnxruntime.InferenceSession(
        made.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    names = [value.name for value in session.get_inputs()]
    wanted = None if output is None else [output]
    return session.run(wanted, dict(zip(names, inputs, strict=True)))[0]


def assert_agrees(network: Any, made: Any, shape: tuple[int, ...]) -> None:
    """Compare a network with onnxruntime on samples of both signs."""
    x = samples(shape)
    expected = answer(made, x)
    outputs = network.forward(x)
    assert outputs.shape == expected.shape
    assert np.abs(outputs - expected).max() <= 1e-4 * max(1e-6, np.abs(expected).max())
