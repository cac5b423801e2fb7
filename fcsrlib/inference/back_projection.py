"""Back-projection: makes a restored face agree with what was visible of the input."""

from __future__ import annotations

from functools import lru_cache

import torch
from torch import Tensor
from torch.nn import functional as F

MAX_ROUNDS = 48
TOLERANCE = 0.25 / 255
"""A face is done when all its visible pixels are met as closely as this."""
_STRIDE = 1.6  # of all rounds but the first; 1 takes about three times as many


def back_project(hr: Tensor, lr: Tensor, hole_mask: Tensor, max_rounds: int = MAX_ROUNDS) -> Tensor:
    """Change ``hr`` so that, shrunk, it gives back the visible pixels of ``lr``.

    A round adds the bicubic enlargement after which the visible pixels are met and what the hidden
    ones shrink to is as before, but that along the hole's edge they go along with their neighbours;
    then it clamps to [0, 1]. The change is ``P r P'`` with ``P = U (S U)^-1``, where ``S`` shrinks
    rows or columns and ``U`` enlarges them: without clamping the first round is exact, and an even
    change stays even, where the pseudo-inverse of ``S`` leaves a grid. The other rounds (Irani and
    Peleg's iteration, 1991) settle what clamping undid. Contrasts that no picture in [0, 1] shrinks
    to are met as far as the rounds reach.

    Args:
        hr: Restored faces, (N, 3, H, W).
        lr: What they shall shrink to, (N, 3, h, w) in [0, 1], h up to H, w up to W.
        hole_mask: (N, 1, h, w), 1 = not to be met.
        max_rounds: Most rounds for a face.

    Returns:
        Float32 (N, 3, H, W) in [0, 1].
    """
    # Of columns and of rows: from the left they shrink columns, transposed from the right rows.
    (shrink, enlarge), (shrink_rows, enlarge_rows) = (
        [matrix.to(hr.device) for matrix in _make_matrices(hr.shape[axis], lr.shape[axis])]
        for axis in (-2, -1)
    )
    met = hr.float().clamp(0, 1)
    active = torch.arange(len(met), device=met.device)
    for number in range(max_rounds):
        faces = met[active]
        residual = (lr[active] - shrink @ faces @ shrink_rows.mT) * (1 - hole_mask[active])
        is_off = residual.abs().amax((1, 2, 3)) > TOLERANCE
        active, residual = active[is_off], residual[is_off]
        if not len(active):
            break
        residual = _extend(residual, hole_mask[active])
        stride = _STRIDE if number else 1.0
        change = stride * (enlarge @ residual @ enlarge_rows.mT)
        met[active] = (faces[is_off] + change).clamp(0, 1)
    return met


def _extend(residual: Tensor, hole_mask: Tensor) -> Tensor:
    """Return the residual with its mean nearby in the first hidden pixels, and less deeper in.

    Where it would end at the hole's edge instead, the change would ring on both sides of it.
    """
    if not hole_mask.any():
        return residual
    kernel = torch.tensor([1.0, 4.0, 6.0, 4.0, 1.0], device=residual.device) / 16
    planes = torch.cat([residual, 1 - hole_mask], 1)
    count = planes.shape[1]
    for shape, padding in (((1, 1, 5, 1), (2, 0)), ((1, 1, 1, 5), (0, 2))):
        weight = kernel.reshape(shape).repeat(count, 1, 1, 1)
        planes = F.conv2d(planes, weight, padding=padding, groups=count)
    return residual + hole_mask * planes[:, :-1] / planes[:, -1:].clamp(min=0.3)


@lru_cache(maxsize=128)
def _make_matrices(hr_side: int, lr_side: int) -> tuple[Tensor, Tensor]:
    """Return how :func:`fcsrlib.degradation.downsample` shrinks a column, and the way back."""
    shrink = _resize(torch.eye(hr_side, dtype=torch.float64), lr_side)
    enlarge = _resize(torch.eye(lr_side, dtype=torch.float64), hr_side)
    return shrink.float(), (enlarge @ torch.linalg.inv(shrink @ enlarge)).float()


def _resize(columns: Tensor, side: int) -> Tensor:
    """Return columns (n, m) resized to (side, m)."""
    size = (side, columns.shape[1])
    return F.interpolate(
        columns[None, None], size=size, mode="bicubic", antialias=True, align_corners=False
    )[0, 0]
