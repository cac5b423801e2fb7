"""Runs ONNX files beside PyTorch and measures how far their outputs are apart."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from fcsrlib.inference.onnx.packages import check_extra
from fcsrlib.inference.onnx.ports import Exportable

BATCHES = (1, 2, 5)
"""Sizes of the batches that a file is checked with."""

_SEED = 0

Array = NDArray[np.float32]


def open_session(content: bytes) -> Any:
    """Return an ``onnxruntime.InferenceSession`` of a file's content, on one thread.

    More threads wait for each other by spinning, which on a busy machine takes many times as long.

    Args:
        content: The file.

    Raises:
        MissingExtraError: ONNX Runtime is not installed.
    """
    check_extra()
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3  # errors
    return onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])


def run_session(session: Any, exportable: Exportable, inputs: Iterable[Tensor]) -> list[Array]:
    """Return what the file makes of a batch, in the order of ``exportable.outputs``."""
    fed = {name: one.numpy() for name, one in zip(exportable.inputs, inputs, strict=True)}
    return list(session.run(list(exportable.outputs), fed))


def measure_difference(content: bytes, exportable: Exportable) -> tuple[float, float]:
    """Compare a file with PyTorch on random inputs, in batches of :data:`BATCHES`.

    Returns:
        The largest absolute difference of any output, and the largest as a share of its output's
        largest magnitude, or of 1 where that is smaller. Both are infinite where the file's
        values are not finite or have other shapes.
    """
    session = open_session(content)
    generator = torch.Generator().manual_seed(_SEED)
    absolute = relative = 0.0
    for count in BATCHES:
        inputs = exportable.make_inputs(count, generator)
        expected = [one.numpy() for one in exportable.run(inputs)]
        for one, other in zip(run_session(session, exportable, inputs), expected, strict=True):
            if one.shape != other.shape or not np.isfinite(one).all():
                return float("inf"), float("inf")
            apart = float(np.abs(one - other).max())
            absolute = max(absolute, apart)
            relative = max(relative, apart / max(1.0, float(np.abs(other).max())))
    return absolute, relative


def measure_psnr(one: Array, other: Array) -> float:
    """Return the PSNR of ``one`` to ``other`` in dB, with the range of ``other`` as its peak."""
    error = float(np.mean((one.astype(np.float64) - other) ** 2))
    peak = float(other.max() - other.min())
    return 10 * np.log10(peak**2 / error) if error else float("inf")


def measure_speed(contents: Sequence[bytes], exportable: Exportable, rounds: int = 15) -> float:
    """Return how many times as fast the second file is as the first: one face, one thread.

    Both run by turns, so that whatever else the machine does hits both alike.
    """
    inputs = exportable.make_inputs(1, torch.Generator().manual_seed(_SEED))
    sessions = [open_session(content) for content in contents]
    taken: list[list[float]] = [[] for _ in sessions]
    for _ in range(rounds + 1):
        for session, seconds in zip(sessions, taken, strict=True):
            start = time.perf_counter()
            run_session(session, exportable, inputs)
            seconds.append(time.perf_counter() - start)
    first, second = (statistics.median(seconds[1:]) for seconds in taken)
    return first / second
