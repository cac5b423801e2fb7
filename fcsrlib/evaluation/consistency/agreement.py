"""How alike the restorations of one face are, and how close to the truth."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import combinations

import torch
from torch import Tensor

from fcsrlib.metrics import mssim, psnr

AGREEMENT = {
    "psnr": "PSNR to the truth (dB)",
    "mssim": "MSSIM to the truth",
    "pair_psnr": "PSNR between restorations (dB)",
    "pair_mssim": "MSSIM between restorations",
    "visible_pair_psnr": "PSNR between restorations, visible in both (dB)",
    "visible_pair_mssim": "MSSIM between restorations, visible in both",
    "spread_levels": "standard deviation (grey levels)",
}
"""Score → what tables and plots call it."""

MSSIM_WINDOW_PX = 11

_Compare = Callable[..., Tensor]


def score_agreement(images: Tensor, target: Tensor, holes: Tensor) -> dict[str, Tensor]:
    """Compare the ``K`` restorations of each face with each other and with the truth.

    Args:
        images: (K, N, C, H, W) in [0, 1], rounded to 8 bits; K is at least 2.
        target: (N, C, H, W).
        holes: (K, N, 1, H, W), 1 = was missing.

    Returns:
        The scores of :data:`AGREEMENT`, each (N,). Those of pairs are means over all pairs, the
        others over the restorations; a pair without a pixel that both saw is left out. The
        standard deviation is that of a pixel's value over the K restorations, root mean square
        over pixels, in levels of 255. Faces smaller than MSSIM's window have NaN for MSSIM.
    """
    comparisons: list[tuple[str, _Compare]] = [("psnr", psnr), ("mssim", mssim)]
    scores: dict[str, Tensor] = {}
    for name, compare in comparisons:
        if name == "mssim" and min(images.shape[3:]) < MSSIM_WINDOW_PX:
            compare = _give_nan
        scores[name] = _average(compare(one, target) for one in images)
        pairs = list(combinations(range(len(images)), 2))
        scores[f"pair_{name}"] = _average(compare(images[i], images[j]) for i, j in pairs)
        scores[f"visible_pair_{name}"] = _average(
            compare(images[i], images[j], region=(1 - holes[i]) * (1 - holes[j])) for i, j in pairs
        )
    variance = images.double().var(0, unbiased=False).mean((1, 2, 3))
    scores["spread_levels"] = 255 * variance.sqrt()
    return scores


def _average(values: Iterator[Tensor]) -> Tensor:
    """Return the mean of tensors (N,) that are numbers; NaN where none is."""
    return torch.nanmean(torch.stack(list(values)), 0)


def _give_nan(one: Tensor, other: Tensor, region: Tensor | None = None) -> Tensor:
    return torch.full((len(one),), float("nan"), dtype=torch.float64)
