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

    A round adds the smallest change, in the sum of squares, after which the visible pixels are met
    and what the hidden ones shrink to is as before, then clamps to [0, 1]. The change is ``P r P'``
    with the pseudo-inverse ``P`` of the matrix that shrinks rows and columns, so without clamping
    the first round is exact; the others (Irani and Peleg's iteration, 1991) settle what clamping
    undid. Contrasts that no picture in [0, 1] shrinks to are met as far as the rounds reach.

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
        stride = _STRIDE if number else 1.0
        change = stride * (enlarge @ residual @ enlarge_rows.mT)
        met[active] = (faces[is_off] + change).clamp(0, 1)
    return met


@lru_cache(maxsize=128)
def _make_matrices(hr_side: int, lr_side: int) -> tuple[Tensor, Tensor]:
    """Return how :func:`fcsrlib.degradation.downsample` shrinks a column, and the way back."""
    units = torch.eye(hr_side, dtype=torch.float64)[None, None]
    shrink = F.interpolate(
        units, size=(lr_side, hr_side), mode="bicubic", antialias=True, align_corners=False
    )[0, 0]
    return shrink.float(), torch.linalg.pinv(shrink).float()
