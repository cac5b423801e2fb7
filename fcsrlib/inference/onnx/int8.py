"""Convolutions of 8 bits: smaller files, and faster ones on processors with units for them."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torch import Tensor

from fcsrlib.errors import ContractError
from fcsrlib.inference.onnx.face_inputs import FaceInputs
from fcsrlib.inference.onnx.packages import quiet
from fcsrlib.inference.onnx.ports import Exportable
from fcsrlib.inference.onnx.runtime import measure_psnr, measure_speed, open_session, run_session

MIN_CHANNELS = 16
"""Convolutions of fewer channels, in or out, stay in float32.

Those read the image or make it. Measured on SwiftFC and SwiftSR at x8: left out, they raise the
PSNR to the float32 output by 2 to 3 dB and enlarge the file by a half percent.
"""

_CONV_WEIGHT_NDIM = 4


@dataclass(frozen=True)
class Int8Quality:
    """What 8 bits cost and bring, on faces that the ranges were not learnt from.

    Attributes:
        psnr: Of each output to that of float32, in dB, by name.
        psnr_to_truth: Of float32's and of the 8-bit restored face to the true one, in dB; None for
            networks that restore none.
        speedup: How many times as fast as float32: one face, one thread, this machine.
        num_faces: How many faces were measured.
    """

    psnr: dict[str, float]
    psnr_to_truth: tuple[float, float] | None
    speedup: float
    num_faces: int


def quantise_to_int8(content: bytes, exportable: Exportable, faces: FaceInputs) -> bytes:
    """Return a float32 file with its convolutions in 8 bits (QDQ).

    Weights are signed and have a scale for each output channel; activations are unsigned and have
    the range that ``faces`` gave them. Everything else stays in float32.

    Raises:
        ContractError: The network has no convolution wide enough to gain from it.
    """
    from onnxruntime import quantization
    from onnxruntime.quantization.shape_inference import quant_pre_process

    with tempfile.TemporaryDirectory() as folder, quiet():
        source, folded, target = (Path(folder, f"{name}.onnx") for name in ("a", "b", "c"))
        source.write_bytes(content)
        quant_pre_process(source, folded, skip_symbolic_shape=True)
        chosen = list(_find_wide_convolutions(folded))
        if not chosen:
            raise ContractError(
                f"this {exportable.kind} has no convolution of {MIN_CHANNELS} channels or more; "
                "8 bits bring it nothing: export it without, or with --quantize float16."
            )
        quantization.quantize_static(
            folded,
            target,
            _make_reader(quantization, exportable, faces.make_batches()),
            quant_format=quantization.QuantFormat.QDQ,
            activation_type=quantization.QuantType.QUInt8,
            weight_type=quantization.QuantType.QInt8,
            per_channel=True,
            nodes_to_quantize=chosen,
        )
        return target.read_bytes()


def measure_int8(
    float32: bytes, int8: bytes, exportable: Exportable, faces: FaceInputs
) -> Int8Quality:
    """Compare an 8-bit file with its float32 one."""
    one, other = (
        run_session(open_session(content), exportable, faces.inputs) for content in (int8, float32)
    )
    psnr = {
        name: measure_psnr(found, expected)
        for name, found, expected in zip(exportable.outputs, one, other, strict=True)
    }
    truth = None
    if exportable.kind == "generator" and other[0].shape == tuple(faces.hr_target.shape):
        target = faces.hr_target.numpy()
        truth = (measure_psnr(other[0], target), measure_psnr(one[0], target))
    speedup = measure_speed([float32, int8], exportable)
    return Int8Quality(psnr, truth, speedup, len(faces.hr_target))


def _find_wide_convolutions(path: Path) -> Iterator[str]:
    import onnx

    graph = onnx.load(path).graph
    shapes = {one.name: tuple(one.dims) for one in graph.initializer}
    for node in graph.node:
        shape = shapes.get(node.input[1], ()) if node.op_type == "Conv" else ()
        if len(shape) == _CONV_WEIGHT_NDIM and min(shape[:2]) >= MIN_CHANNELS:
            yield node.name


def _make_reader(
    quantization: Any, exportable: Exportable, batches: Iterable[tuple[Tensor, ...]]
) -> Any:
    """Return ``batches`` as ONNX Runtime reads them; its class is known only where it is there."""

    class Reader(quantization.CalibrationDataReader):
        def __init__(self) -> None:
            self.batches = iter(batches)

        def get_next(self) -> dict[str, Any] | None:
            batch = next(self.batches, None)
            if batch is None:
                return None
            return {name: one.numpy() for name, one in zip(exportable.inputs, batch, strict=True)}

    return Reader()
