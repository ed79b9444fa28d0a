"""Running an ONNX model as it was given, for the comparison with the network read from it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from workbench.errors import ModelFileError, UnsupportedLayerError
from workbench.ingest.files import shortened
from workbench.ingest.onnx_graph import Graph
from workbench.ingest.onnx_reader import Reading
from workbench.ingest.verify import split_inputs

Run = Callable[[np.ndarray], np.ndarray]
Weights = Mapping[str, np.ndarray]

MOST_NUMBERS = 2**30
"""Outputs of one layer that running a model may make."""


def runner(
    original: Any,
    model: Any,
    graph: Graph,
    reading: Reading,
    weights: Weights,
    kinds: Mapping[str, Any],
) -> tuple[Run, str]:
    """Return what runs a model as it was given, and its name.

    Parameters
    ----------
    original, model : onnx.ModelProto
        As it was given, and brought up to a newer opset.
    graph : Graph
    reading : Reading
        What became of it.
    weights : mapping of str to ndarray
        Values of inputs that are no samples.
    kinds : mapping of str to NumPy type
        Element types of the inputs.

    Returns
    -------
    (function of ndarray (samples, *input shape) to ndarray, str)

    Raises
    ------
    UnsupportedLayerError
        If the model takes more samples at once than there is room for.
    """
    network, output = reading.network, reading.output
    largest = max(node.layer.output_size for node in network.nodes)
    if (graph.batch or 1) * largest > MOST_NUMBERS:
        raise UnsupportedLayerError(
            [
                f"Model '{graph.name}' is fixed to {graph.batch:,} samples at once, too many to "
                "compare the network with it. Export it for 1 sample, or for any number."
            ]
        )
    session, engine = _session(original, model, output)
    names = [name for name, _ in graph.inputs]

    def run_batch(parts: list[np.ndarray]) -> np.ndarray:
        feeds = {name: part.astype(kinds[name]) for name, part in zip(names, parts, strict=True)}
        try:
            (result,) = session.run([output], feeds | dict(weights))
        except Exception as error:  # onnxruntime's exceptions share no base of their own.
            raise ModelFileError(
                f"{engine} cannot run model '{graph.name}' on inputs of shape "
                f"{network.input_shape}. Export it again for such inputs. {engine} says: "
                f"{shortened(error)}"
            ) from error
        return np.asarray(result)

    def run(x: np.ndarray) -> np.ndarray:
        parts = split_inputs(x, network)
        parts = [parts] if isinstance(parts, np.ndarray) else parts
        size = graph.batch or len(x)
        blocks = []
        for start in range(0, len(x), size):
            # A fixed number of samples is filled up with others, whose results are dropped.
            rows = np.arange(start, start + size) % len(x)
            blocks.append(run_batch([part[rows] for part in parts]))
        return np.concatenate(blocks)[: len(x)]

    return run, engine


def _session(original: Any, model: Any, output: str) -> tuple[Any, str]:
    """Return what can run a model: onnxruntime if there is one that takes it, or the reference.

    The reference knows the operations of newer opsets only, so it runs the model brought up.
    """
    original, model = _giving(original, output), _giving(model, output)
    try:
        import onnxruntime

        onnxruntime.set_default_logger_severity(4)
        content = original.SerializeToString()
        session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    except Exception:
        # Not installed, of an older opset than the model's, or beyond its 2 GB.
        from onnx.reference import ReferenceEvaluator

        return ReferenceEvaluator(model), "ONNX' reference"
    return session, "onnxruntime"


def _giving(model: Any, output: str) -> Any:
    """Return a model with one output, any value inside, and without what that does not need.

    The rest has not been looked at, and its sizes may be any.
    """
    changed = type(model)()
    changed.CopyFrom(model)
    graph = changed.graph
    declared = [value for value in model.graph.output if value.name == output]
    del graph.output[:], graph.node[:]
    graph.output.extend(declared)
    if not declared:
        graph.output.add().name = output
    needed, nodes = {output}, []
    for node in reversed(model.graph.node):
        if needed.intersection(node.output):
            needed.update(node.input)
            nodes.append(node)
    graph.node.extend(reversed(nodes))
    return changed
