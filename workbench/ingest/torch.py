"""PyTorch modules into a `Network`: exported to ONNX in memory, verified against PyTorch itself.

The modules `torch...` of this folder alone import torch, when a module is read.
"""

from __future__ import annotations

import contextlib
import io
import logging
import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np

from workbench.errors import ConversionError, ModelFileError, UnsupportedLayerError
from workbench.ingest.files import shortened
from workbench.ingest.onnx import from_onnx, import_onnx
from workbench.ingest.torch_pooling import exact_adaptive_pooling
from workbench.network.graph import Network
from workbench.network.layer import Shape

_MODULE = "torch.nn.modules.module.Module"

OPSET = 20
"""The opset that modules are exported in: the first in which GELU is an operation with a name."""

Weights = dict[str, np.ndarray]

SAMPLES = 2
"""In the export; not 1, so that the samples' axis differs from axes of size 1."""


def is_torch_module(source: object) -> bool:
    """Whether an object is a PyTorch module; does not import torch."""
    return any(f"{c.__module__}.{c.__qualname__}" == _MODULE for c in type(source).__mro__)


def from_torch(
    module: Any,
    name: str | None = None,
    *,
    input_shape: Shape | None = None,
    output: str | None = None,
) -> Network:
    """Export a module in evaluation mode, read it, and compare the result with PyTorch.

    Parameters
    ----------
    module : torch.nn.Module
        Comes back as it was: in training mode if it was.
    name : str, optional
        Of the network; the module's class by default.
    input_shape : tuple of int
        Of one sample, without the batch: (channels, height, width).
    output : str, optional
        Name of the layer (module), operation or value that is wanted; needed of a module with
        several outputs.

    Raises
    ------
    ModelFileError
        If the shape is missing, or PyTorch cannot run or export the module.
    UnsupportedLayerError
        If operations or the type of parameters are not supported; all of them are named.
    ConversionError
        If the outputs differ from PyTorch's by more than rounding explains.
    """
    name = name or type(module).__name__
    if not input_shape:
        raise ModelFileError(
            f"A PyTorch module does not know the shape of its input. Give that of {name}, without "
            "the batch: wb.load(module, input_shape=(channels, height, width))."
        )
    kinds = {str(p.dtype).removeprefix("torch.") for p in module.parameters()}
    if not kinds <= {"float32", "float64"}:
        raise UnsupportedLayerError(
            [
                f"{name} has parameters of type {', '.join(sorted(kinds))}; supported: float32, "
                "float64. Convert it: module.float()."
            ]
        )
    import_onnx()
    with _evaluating(module):
        model, weights = _exported(module, name, tuple(int(n) for n in input_shape))
        names = [value.name for value in model.graph.output]
        if output is not None and output not in names:
            # A value inside the module: PyTorch does not return it, the exported model does.
            return from_onnx(model, name, output=output, weights=weights)
        position = 0 if output is None else names.index(output)

        def run(x: np.ndarray) -> np.ndarray:
            return _outputs(module, x)[position]

        try:
            return from_onnx(model, name, output=output, weights=weights, run=run, engine="PyTorch")
        except ConversionError as error:
            # The exported model is read right, so it is another one.
            from_onnx(model, name, output=output, weights=weights)
            raise ConversionError(
                f"{name} computes something else than the ONNX model that PyTorch writes of it. "
                "What its exporter leaves out is a choice that depends on the data, or an option "
                "as AvgPool2d's divisor_override. Write that part with other layers."
            ) from error


@contextlib.contextmanager
def _evaluating(module: Any) -> Iterator[None]:
    """Put a module into evaluation mode for a while, and every part back into its own after."""
    modes = [(part, part.training) for part in module.modules()]
    module.eval()
    try:
        yield
    finally:
        for part, training in modes:
            part.training = training


def _outputs(module: Any, x: np.ndarray) -> list[np.ndarray]:
    """Run a module and return all its outputs."""
    import torch

    with torch.no_grad():
        result = module(_like(module, x))
    parts = list(result.values()) if isinstance(result, dict) else result
    parts = [parts] if isinstance(parts, torch.Tensor) else list(parts)
    return [part.detach().cpu().numpy() for part in parts]


def _like(module: Any, x: np.ndarray) -> Any:
    """Return samples as a tensor of a module's kind, on its device."""
    import torch

    samples = torch.from_numpy(np.ascontiguousarray(x))
    first = next(module.parameters(), None)
    return samples if first is None else samples.to(first)


def _exported(module: Any, name: str, shape: Shape) -> tuple[Any, Weights]:
    """Return a module as an ONNX model, and the values of those of its inputs that are weights.

    The exporter by tracing keeps the modules' names and their batch normalizations; PyTorch's
    newer one takes its place where that fails, or is gone.
    """
    samples = np.zeros((SAMPLES, *shape), np.float32)
    try:
        _outputs(module, samples)
    except Exception as error:  # Whatever the module raises.
        raise ModelFileError(
            f"{name} cannot be run on inputs of shape {shape}: {shortened(error)}. Give the "
            "input_shape that it was trained with, without the batch."
        ) from error
    try:
        with _quiet():
            return _by_tracing(module, samples)
    except UnsupportedLayerError:
        raise
    except Exception as error:
        reason = error
    try:
        with _quiet():
            return _by_program(module, samples)
    except ImportError:
        pass  # It is not installed whole: the first one tells more of the module.
    except Exception as error:
        reason = error
    raise ModelFileError(
        f"PyTorch cannot export {name} to ONNX: {shortened(reason)}. Export it yourself, with "
        "torch.onnx.export, and load the file."
    ) from reason


def _by_tracing(module: Any, samples: np.ndarray) -> tuple[Any, Weights]:
    import torch

    file = io.BytesIO()
    with exact_adaptive_pooling(OPSET):
        torch.onnx.export(
            module,
            (_like(module, samples),),
            file,
            dynamo=False,
            opset_version=OPSET,
            # As it is, that is in evaluation mode; said otherwise, batch normalizations are folded.
            training=torch.onnx.TrainingMode.PRESERVE,
            do_constant_folding=False,
            input_names=["input"],
            # PyTorch copies the weights it exports several times: those of a VGG are 500 MB.
            export_params=False,
        )
    owned = [
        *module.named_parameters(remove_duplicate=False),
        *module.named_buffers(remove_duplicate=False),
    ]
    values = {name: value.detach().cpu().numpy() for name, value in owned}
    model = import_onnx().load_from_string(file.getvalue())
    return model, {value.name: values[value.name] for value in model.graph.input[1:]}


def _by_program(module: Any, samples: np.ndarray) -> tuple[Any, Weights]:
    import torch

    program: Any = torch.onnx.export(
        module, (_like(module, samples),), dynamo=True, optimize=False, verbose=False
    )
    return program.model_proto, {}


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keep the exporters' remarks on their own future, and their graphs, to themselves."""
    import torch

    logger = logging.getLogger("torch.onnx")
    level = logger.level
    logger.setLevel(logging.CRITICAL)
    # On a failure, PyTorch writes its whole graph to the terminal, and has no switch that works.
    write = getattr(torch._C, "_jit_onnx_log", None)
    torch._C._jit_onnx_log = lambda *parts: None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        if write is not None:
            torch._C._jit_onnx_log = write
        logger.setLevel(level)
