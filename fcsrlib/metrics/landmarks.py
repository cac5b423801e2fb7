"""Landmark error, and reading landmarks out of heatmaps to a fraction of a pixel."""

from __future__ import annotations

import torch
from torch import Tensor

from fcsrlib.data.landmarks import OUTER_EYE_CORNERS
from fcsrlib.errors import ContractError

_TINY = 1e-12


def decode_heatmaps(heatmaps: Tensor, image_side: int) -> Tensor:
    """Return the landmarks x, y (N, K, 2) in pixels of the image, float64.

    Inverts :func:`fcsrlib.data.heatmaps.make_heatmaps`. A Gaussian's logarithm is a parabola: along
    the row and the column of the highest pixel, the place is the vertex of the parabola through the
    logarithms of three pixels around it, shifted inwards at the border. For a drawn Gaussian of any
    sigma this is exact up to rounding. The vertex is held within half a pixel of the highest pixel;
    where the three have no peak, the highest pixel itself is the place.

    Args:
        heatmaps: (N, K, s, s), one channel a landmark, s of at least 3.
        image_side: Side of the image that the places are to be in.

    Returns:
        Pixel centres at integers, ``(x + 0.5) * image_side / s - 0.5``; NaN where a map has no
        positive value, as a map drawn for an unknown landmark.

    Raises:
        ContractError: The maps are not square, or smaller than 3x3.
    """
    if heatmaps.dim() != 4 or heatmaps.shape[2] != heatmaps.shape[3] or heatmaps.shape[3] < 3:
        raise ContractError(
            f"heatmaps are {tuple(heatmaps.shape)}; expected (N, K, s, s) with s of at least 3."
        )
    side = heatmaps.shape[-1]
    maps = heatmaps.double()
    top, flat = maps.flatten(2).max(2)
    row, column = flat // side, flat % side
    along_x = maps.gather(2, row[..., None, None].expand(-1, -1, 1, side)).squeeze(2)
    along_y = maps.gather(3, column[..., None, None].expand(-1, -1, side, 1)).squeeze(3)
    places = torch.stack([_find_peak(along_x, column), _find_peak(along_y, row)], -1)
    places = torch.where((top > 0)[..., None], places, torch.nan)
    return (places + 0.5) * (image_side / side) - 0.5


def _find_peak(profile: Tensor, highest: Tensor) -> Tensor:
    """Return the sub-pixel peak (N, K) of profiles (N, K, s) near their pixels ``highest``."""
    middle = highest.clamp(1, profile.shape[-1] - 2)
    around = middle[..., None] + torch.arange(-1, 2, device=profile.device)
    before, centre, after = profile.gather(-1, around).clamp(min=_TINY).log().unbind(-1)
    curvature = 2 * centre - before - after
    vertex = middle + (after - before) / (2 * curvature)
    vertex = torch.where(curvature > 0, vertex, highest.double())
    return torch.clamp(vertex, highest - 0.5, highest + 0.5)


def landmark_error(
    points: Tensor,
    target: Tensor,
    known: Tensor,
    eye_corners: tuple[int, int] = OUTER_EYE_CORNERS,
) -> Tensor:
    """Return each face's mean distance of points, as a share of its eye distance, (N,) float64.

    The eye distance is that between the outer corners of the true eyes (inter-ocular).

    Args:
        points: x, y (N, K, 2), any unit.
        target: True points, the same shape and unit; ignored where not known.
        known: (N, K) bool; the mean is over these points.
        eye_corners: Numbers of the outer eye corners; those of the 68 and 81 points by default.

    Returns:
        One value a face; NaN where an eye corner is not known or the two coincide.

    Raises:
        ContractError: The shapes do not fit, or there is no point of that number.
    """
    if points.dim() != 3 or points.shape != target.shape or known.shape != points.shape[:2]:
        raise ContractError(
            f"points, target and known are {tuple(points.shape)}, {tuple(target.shape)} and "
            f"{tuple(known.shape)}; expected (N, K, 2) twice and (N, K)."
        )
    if max(eye_corners) >= points.shape[1]:
        raise ContractError(
            f"eye_corners are {eye_corners}, but there are {points.shape[1]} points; name the "
            "outer eye corners of this scheme."
        )
    one, other = eye_corners
    counted = known.bool()
    truth = target.double()
    distance = (points.double() - truth).square().sum(-1).sqrt()
    mean = distance.where(counted, 0.0).sum(1) / counted.sum(1)
    eyes = (truth[:, one] - truth[:, other]).square().sum(-1).sqrt()
    applies = counted[:, one] & counted[:, other] & (eyes > 0)
    return torch.where(applies, mean / eyes, torch.nan)
