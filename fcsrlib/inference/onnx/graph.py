"""Turns a network into an ONNX graph that says what it is and holds no trace of this machine."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from fcsrlib.errors import ContractError
from fcsrlib.inference.onnx.packages import quiet
from fcsrlib.inference.onnx.ports import MEANINGS, Exportable
from fcsrlib.models.generator import FCSRGenerator

OPSET = 18

_TRACED_BATCH = 2  # not 1, which torch.export takes for a constant
_SMALLEST_HALVED = 64  # numbers; below, a Cast costs as much as it saves


def trace(exportable: Exportable) -> Any:
    """Return the ``onnx.ModelProto`` of a network, float32, with a batch of any size.

    Raises:
        ContractError: A part cannot be exported, with its name and the reason.
    """
    inputs = exportable.make_inputs(_TRACED_BATCH, torch.Generator().manual_seed(0))
    try:
        model = _export(exportable.module, inputs, list(exportable.inputs), exportable.outputs)
    except Exception as error:  # exporters raise whatever their passes do
        raise ContractError(_explain(exportable, error)) from error
    _strip(model)
    return model


def describe(model: Any, metadata: Mapping[str, str]) -> None:
    """Write ``metadata``, and the meaning of each input and output, into ``model``."""
    model.graph.name = metadata["name"]
    model.producer_name, model.producer_version = "fcsrlib", metadata["fcsrlib_version"]
    del model.metadata_props[:]
    for key, value in metadata.items():
        model.metadata_props.add(key=key, value=value)
    for port in [*model.graph.input, *model.graph.output]:
        port.doc_string = MEANINGS[port.name]


def halve_weights(model: Any) -> None:
    """Store the weights of ``model`` in float16; whoever runs it computes in float32 as before.

    Runtimes undo the conversion once, when they load the file. Weights with values beyond
    float16's range, and small ones, stay as they are.
    """
    from onnx import TensorProto, helper, numpy_helper

    casts = []
    for tensor in model.graph.initializer:
        if tensor.data_type != TensorProto.FLOAT:
            continue
        values = numpy_helper.to_array(tensor)
        with np.errstate(over="ignore"):
            half = values.astype(np.float16)
        if values.size < _SMALLEST_HALVED or not np.isfinite(half).all():
            continue
        name = tensor.name
        tensor.CopyFrom(numpy_helper.from_array(half, f"{name}_float16"))
        casts.append(helper.make_node("Cast", [tensor.name], [name], to=TensorProto.FLOAT))
    nodes = [*casts, *model.graph.node]
    del model.graph.node[:]
    model.graph.node.extend(nodes)


def _export(
    module: nn.Module, inputs: tuple[Tensor, ...], names: list[str], outputs: tuple[str, ...]
) -> Any:
    batch = torch.export.Dim("batch")
    with quiet(), torch.no_grad():
        program = torch.onnx.export(
            module,
            inputs,
            input_names=names,
            output_names=list(outputs) or None,
            dynamic_shapes=tuple({0: batch} for _ in inputs),
            opset_version=OPSET,
            dynamo=True,
            verbose=False,
        )
    if program is None:
        raise RuntimeError("the exporter returned nothing")
    return program.model_proto


def _strip(model: Any) -> None:
    """Take out stack traces and shapes of inner tensors: half of a small file, and local paths."""
    del model.graph.metadata_props[:]
    del model.graph.value_info[:]
    graph = model.graph
    for one in [*graph.node, *graph.initializer, *graph.input, *graph.output]:
        one.doc_string = ""
        del one.metadata_props[:]


def _explain(exportable: Exportable, error: Exception) -> str:
    """Name the part that cannot be exported, found by exporting each part alone."""
    network = next(exportable.module.children())
    name, reason = type(network).__name__, _find_reason(error)
    if isinstance(network, FCSRGenerator):
        for part, inputs in _list_parts(network):
            try:
                _export(_ImageOf(part), inputs, [], ())
            except Exception as own:
                name, reason = type(part).__name__, _find_reason(own)
                break
    return (
        f"{name} cannot be exported to ONNX: {reason}. Its forward must be traceable: no value "
        "of a tensor decides what Python does, the batch may have any size, and ONNX has its "
        "operators."
    )


def _list_parts(network: FCSRGenerator) -> Iterator[tuple[nn.Module, tuple[Tensor, ...]]]:
    face = torch.rand(_TRACED_BATCH, 3, network.fc_side, network.fc_side)
    yield network.fc, (face, face[:, :1].round())
    yield network.sr, (torch.rand(_TRACED_BATCH, 3, network.lr_side, network.lr_side),)


class _ImageOf(nn.Module):
    """A part whose only output is its image."""

    def __init__(self, part: nn.Module) -> None:
        super().__init__()
        self.part = part

    def forward(self, image: Tensor, hole_mask: Tensor | None = None) -> Tensor:
        inputs = (image,) if hole_mask is None else (image, hole_mask)
        result: Tensor = self.part(*inputs).image
        return result


def _find_reason(error: BaseException) -> str:
    """Return the first line of the error at the root of ``error``."""
    while error.__cause__ is not None:
        error = error.__cause__
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    text = lines[0] if lines else "it says nothing"
    return f"{type(error).__name__}: {text}".rstrip(".")[:300]
