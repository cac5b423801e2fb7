"""The renderer: parts painted back to front, and the truth read off the same geometry."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from fcsrlib.data.synthetic.anatomy import Anatomy
from fcsrlib.data.synthetic.backdrop import paint_backdrop
from fcsrlib.data.synthetic.beard import paint_beard
from fcsrlib.data.synthetic.body import paint_body
from fcsrlib.data.synthetic.brows import paint_brow
from fcsrlib.data.synthetic.canvas import Canvas
from fcsrlib.data.synthetic.developing import develop
from fcsrlib.data.synthetic.eyes import paint_eye
from fcsrlib.data.synthetic.glasses import paint_glasses
from fcsrlib.data.synthetic.haircut import paint_back_hair, paint_hair
from fcsrlib.data.synthetic.head import measure_head, paint_ears
from fcsrlib.data.synthetic.mouth import paint_mouth
from fcsrlib.data.synthetic.nose import paint_nose
from fcsrlib.data.synthetic.parameters import FaceParameters
from fcsrlib.data.synthetic.skin import paint_skin
from fcsrlib.errors import DataError

BLOCK = 16
"""Faces painted at once: fewer cost more in overhead, more in memory traffic."""

MIN_SIDE = 16


@dataclass(frozen=True)
class RenderedFaces:
    """Images of N faces with what is known about them.

    Attributes:
        image: uint8 (N, S, S, 3), RGB.
        landmarks: float32 (N, 81, 2), x, y in pixels with centres at integers.
        parsing: uint8 (N, S, S), the eleven classes of Helen.
        identity: int64 (N,), the person shown.
    """

    image: NDArray[np.uint8]
    landmarks: NDArray[np.float32]
    parsing: NDArray[np.uint8]
    identity: NDArray[np.int64]


def render_faces(parameters: FaceParameters, side: int = 144) -> RenderedFaces:
    """Render ``parameters`` as square images of ``side`` pixels.

    A face looks the same at any side, but for its detail; its bytes depend on nothing but its own
    parameters.

    Raises:
        DataError: ``side`` is below 16.
    """
    if side < MIN_SIDE:
        raise DataError(f"side is {side}; expected at least {MIN_SIDE} pixels.")
    count = len(parameters)
    faces = RenderedFaces(
        np.empty((count, side, side, 3), np.uint8),
        np.empty((count, 81, 2), np.float32),
        np.empty((count, side, side), np.uint8),
        parameters.identity.copy(),
    )
    _keep_freed_memory()
    for start in range(0, count, BLOCK):
        block = slice(start, start + BLOCK)
        with torch.no_grad():
            _render_block(parameters.take(block), side, faces, block)
    return faces


def _keep_freed_memory() -> None:
    """Let glibc keep freed buffers instead of handing each back to the system.

    Freeing one block of just under 32 MB raises its thresholds above the size of our layers;
    measured, rendering gains a third. The memory is never touched, so it costs nothing.
    """
    torch.empty(30 * 2**20, dtype=torch.uint8)


def _render_block(
    parameters: FaceParameters, side: int, faces: RenderedFaces, block: slice
) -> None:
    anatomy = Anatomy.from_parameters(parameters)
    canvas = paint(anatomy, parameters, side)
    faces.image[block] = develop(canvas, parameters).numpy()
    faces.parsing[block] = canvas.parsing.numpy()
    faces.landmarks[block] = anatomy.landmarks(side).numpy()


def paint(anatomy: Anatomy, parameters: FaceParameters, side: int) -> Canvas:
    """Paint all parts back to front."""
    canvas = Canvas(anatomy.pose, side)
    edge = measure_head(canvas, anatomy.head)
    paint_backdrop(canvas, parameters)
    paint_back_hair(canvas, anatomy.hair, anatomy.head, parameters)
    paint_body(canvas, anatomy.head, parameters, anatomy.lighting, edge.distance)
    paint_ears(canvas, anatomy.head, parameters)
    paint_skin(canvas, edge, parameters, anatomy)
    paint_nose(canvas, anatomy.nose, parameters)
    paint_beard(canvas, anatomy.mouth, anatomy.nose, parameters, edge.distance)
    paint_mouth(canvas, anatomy.mouth, parameters)
    for eye, brow in zip(anatomy.eyes, anatomy.brows, strict=True):
        paint_eye(canvas, eye, parameters)
        paint_brow(canvas, brow, parameters)
    paint_hair(canvas, edge, parameters, anatomy)
    paint_glasses(canvas, parameters, anatomy.pose)
    return canvas
