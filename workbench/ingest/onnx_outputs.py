"""Which value of an ONNX graph is its output, by any of the names that a user knows it by.

A value is asked for by its own name, by that of the operation that gives it, or by that of the
layer (module) whose result it is: exporters keep those in names of operations and weights.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from workbench.errors import UnsupportedLayerError
from workbench.ingest.onnx_ops import ONNX_OPS, Operation

if TYPE_CHECKING:
    from workbench.ingest.onnx_graph import Graph

MOVES = (
    "Identity", "Cast", "CastLike", "Dropout", "Reshape", "Flatten", "Squeeze", "Unsqueeze",
    "Transpose",
)  # fmt: skip
"""Operations that leave every number as it is, whatever happens to the axes."""

DECISIONS = (
    "ArgMax", "ArgMin", "TopK", "Greater", "GreaterOrEqual", "Less", "LessOrEqual",
    "ai.onnx.ml.ZipMap", "ai.onnx.ml.ArrayFeatureExtractor", "ai.onnx.ml.LabelEncoder",
    "ai.onnx.ml.Binarizer",
)  # fmt: skip
"""Operations that make labels or tables of the values that neurons represent."""

NAMED = 12
"""Names that a refusal lists."""


def chosen_output(graph: Graph, output: str | None) -> str:
    """Return the name of the value that is wanted.

    Parameters
    ----------
    graph : Graph
    output : str or None
        Name of a value, an operation or a module; None for the graph's only output.

    Raises
    ------
    UnsupportedLayerError
        If there are several, or none has that name; it lists names that can be read.
    """
    if output is None and len(graph.outputs) == 1:
        return graph.outputs[0]
    if output is None:
        best = next(iter(_proposals(graph)), "")
        raise UnsupportedLayerError(
            [
                f"Model '{graph.name}' has {len(graph.outputs)} outputs: "
                f"{', '.join(graph.outputs)}. A spiking network has one; choose it by name: "
                f"wb.load(..., output={best!r})."
            ]
        )
    values = {name for operation in graph.operations for name in operation.outputs if name}
    if output in values.union(graph.outputs):
        return output
    given = [op.outputs[0] for op in graph.operations if op.name == output]
    found = given if len(given) == 1 else _results(graph, output)
    if len(found) == 1:
        return found[0]
    if found:
        reason = (
            f"has several values called '{output}': it is used more than once, or gives several "
            f"results. Choose one of them: {_listed(found)}"
        )
    else:
        modules = dict.fromkeys(m for op in graph.operations for m in _modules(graph, op))
        unambiguous = [module for module in modules if len(_results(graph, module)) == 1]
        names = [*unambiguous, *graph.outputs]
        reason = f"has no output or layer called '{output}'. Names that work: {_listed(names)}"
    raise UnsupportedLayerError([f"Model '{graph.name}' {reason}."])


def refusal(operation: Operation) -> str:
    """Return the sentence that refuses an operation for which there is no handler."""
    if operation.kind not in DECISIONS:
        return ONNX_OPS.refusal(operation.name, operation.kind)
    return (
        f"{operation.name} ({operation.kind}) turns values into labels, which neurons cannot "
        "represent; supported: the values themselves. Choose them: wb.load(..., "
        f"output={operation.inputs[-1]!r})."
    )


def logarithm(operations: tuple[Operation, ...], wanted: str) -> Operation | None:
    """Return the operation that makes logarithms of probabilities at the end of a network.

    Parameters
    ----------
    operations : tuple of Operation
    wanted : str
        The output's name.

    Returns
    -------
    Operation or None
        LogSoftmax, or Log of a Softmax, that only changes of shape follow.
    """
    producers = _producers(operations)
    last = _moved_from(producers, wanted)
    if last is None or last.kind != "Log":
        return last if last is not None and last.kind == "LogSoftmax" else None
    before = _moved_from(producers, last.inputs[0])
    return last if before is not None and before.kind == "Softmax" else None


def _moved_from(producers: Mapping[str, Operation], name: str) -> Operation | None:
    operation = producers.get(name)
    while operation is not None and operation.kind in MOVES:
        operation = producers.get(operation.inputs[0])
    return operation


def _producers(operations: tuple[Operation, ...]) -> dict[str, Operation]:
    return {name: operation for operation in operations for name in operation.outputs if name}


def _proposals(graph: Graph) -> list[str]:
    """Return the outputs, or the values behind them, those first that can be read."""
    producers = _producers(graph.operations)
    found = dict.fromkeys(_undecided(graph, producers, name) for name in graph.outputs)
    return sorted(found, key=lambda name: not _is_readable(producers, name))


def _undecided(graph: Graph, producers: Mapping[str, Operation], output: str) -> str:
    """Return the value that an output decides about, or the output itself."""
    name = best = output
    while (operation := producers.get(name)) is not None:
        given = [n for n in operation.inputs if n and n not in graph.constants]
        decides = operation.kind in DECISIONS or _is_pair(producers, operation)
        if not given or not (decides or operation.kind in MOVES):
            break
        name = given[-1]
        best = name if decides else best
    return best


def _is_pair(producers: Mapping[str, Operation], operation: Operation) -> bool:
    """Whether an operation puts ``1 - p`` beside p, which one neuron tells as well."""
    first = producers.get(operation.inputs[0]) if operation.inputs else None
    pair = operation.kind == "Concat" and len(operation.inputs) == 2
    return (
        pair
        and first is not None
        and first.kind == "Sub"
        and first.inputs[1] == (operation.inputs[1])
    )


def _is_readable(producers: Mapping[str, Operation], output: str) -> bool:
    """Whether all operations are known that a value depends on."""
    pending, seen = [output], {output}
    while pending:
        operation = producers.get(pending.pop())
        if operation is None:
            continue
        if ONNX_OPS.get(operation.kind) is None and operation.kind != "Constant":
            return False
        pending += [name for name in operation.inputs if name not in seen]
        seen.update(operation.inputs)
    return True


def modules_of(name: str, metadata: Mapping[str, str]) -> tuple[str, ...]:
    """Return the modules that an operation lies in, outermost first, as attributes name them.

    PyTorch writes the operation "/features/features.1/conv/conv.0/Conv" for a part of the module
    "features.1.conv.0"; its newer exporter writes the list of modules into the metadata.
    """
    scopes = metadata.get("pkg.torch.onnx.name_scopes")
    if scopes:
        listed = [part.strip(" '\"") for part in scopes.strip("[]").split(",")]
        return tuple(part for part in listed[:-1] if part)
    found: list[str] = []
    for part in name.strip("/").split("/")[:-1]:
        outer = found[-1] if found else ""
        # A part of a container repeats the container's own name: "conv", "conv.0".
        container = part.rpartition(".")[0]
        if container and f".{outer}".endswith(f".{container}"):
            outer = outer[: len(outer) - len(container)].rstrip(".")
        found.append(f"{outer}.{part}" if outer else part)
    return tuple(found)


def _modules(graph: Graph, operation: Operation) -> Iterator[str]:
    """Yield the modules an operation lies in; the owners of its weights where it says none."""
    yield from operation.modules
    if not operation.modules:
        owners = (name.rpartition(".")[0] for name in operation.inputs if name in graph.constants)
        yield from dict.fromkeys(owner for owner in owners if owner)


def _results(graph: Graph, module: str) -> list[str]:
    """Return the values that a module gives to what lies outside it."""
    wanted = module.strip("/").replace("/", ".")
    named = [(op, tuple(_modules(graph, op))) for op in graph.operations]
    inside = [op for op, modules in named if wanted in modules]
    if not inside:  # A layer's own name, whatever it lies in.
        inside = [op for op, modules in named if any(m.endswith(f".{wanted}") for m in modules)]
    members = set(map(id, inside))
    outside = {n for op in graph.operations if id(op) not in members for n in op.inputs}
    outside.update(graph.outputs)
    return [name for op in inside for name in op.outputs if name in outside]


def _listed(names: list[str]) -> str:
    """Return names in quotes, the last of them where there are many: outputs stand at the end."""
    shown = list(dict.fromkeys(names))
    more = "..., " if len(shown) > NAMED else ""
    return more + ", ".join(repr(name) for name in shown[-NAMED:])
