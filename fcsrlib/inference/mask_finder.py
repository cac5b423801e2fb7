"""Finds what covers an aligned face, so that faces can be restored that come without a mask."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from fcsrlib.data.sample import FACE_SIDE
from fcsrlib.errors import CheckpointError, ConfigError, DataError
from fcsrlib.inference.releases.network import build_network
from fcsrlib.inference.releases.release_file import read_release
from fcsrlib.inference.weights import resolve_weights

Image = NDArray[np.uint8]

RELEASE = "mask_net"
"""Name of the released network that :func:`find_mask` uses."""

_MIXED_PX = 1.5


class MaskFinder:
    """Turns a photograph of an aligned face into the mask of what covers it.

    What was found with a probability above the threshold is cleaned: specks are dropped, specks of
    face inside are covered too, and the edge is moved outwards, because a pixel of the occluder
    left visible would be taken for face. Calls from several threads may overlap.

    Args:
        network: (N, 3, H, W) in [0, 1] to logits (N, 1, H, W), as
            :class:`fcsrlib.models.MaskNet`; it is put into eval mode.
        threshold: Probability above which a pixel is covered, in (0, 1).
        min_area: Specks of a smaller share of the image are dropped or filled, in [0, 1).
        margin_px: How far the edge is moved, in pixels of 128x128; 0 or more. Of a smaller image it
            is moved by 1.5 of its own pixels: beside an edge, they show face and occluder mixed.
        with_mirror: Average the probabilities with those of the mirrored face.

    Raises:
        ConfigError: A number out of its range.
    """

    def __init__(
        self,
        network: nn.Module,
        *,
        threshold: float = 0.5,
        min_area: float = 0.003,
        margin_px: float = 2.0,
        with_mirror: bool = True,
    ) -> None:
        """Check the numbers."""
        if not (0 < threshold < 1 and 0 <= min_area < 1 and margin_px >= 0):
            raise ConfigError(
                f"MaskFinder: threshold is {threshold}, min_area {min_area} and margin_px "
                f"{margin_px}; expected 0 < threshold < 1, 0 <= min_area < 1, margin_px >= 0."
            )
        self.network = network.eval()
        self.threshold = threshold
        self.min_area = min_area
        self.margin_px = margin_px
        self.with_mirror = with_mirror

    @classmethod
    def from_pretrained(
        cls, name: str | Path, device: str | torch.device = "cpu", **options: float
    ) -> MaskFinder:
        """Return a finder with the network of a release file.

        Args:
            name: Name of a released network, path of a release file, or a URL.
            device: Where the network shall run.
            **options: Those of the class.

        Raises:
            CheckpointError: The file cannot be had or read, or is no network that finds masks.
        """
        path = resolve_weights(name)
        info, state = read_release(path)
        if info.kind != "mask":
            raise CheckpointError(
                f"{path} holds a {info.kind}; expected a release of kind mask, which "
                "configs/occlusion trains."
            )
        network = build_network(info, state, str(path), torch.device(device), torch.float32)
        return cls(network, **options)  # type: ignore[arg-type]

    def __call__(self, image: Image) -> Image:
        """Return the mask of ``image``, uint8 (S, S): 255 = covered, 0 = visible.

        Args:
            image: RGB, uint8 (S, S, 3): the aligned face as it is restored, at any size.

        Raises:
            DataError: It is not square, has other channels or another type.
        """
        found = self.find_probability(image) > self.threshold
        margin_px = max(self.margin_px * len(image) / FACE_SIDE, _MIXED_PX if self.margin_px else 0)
        return clean_mask(found, self.min_area, margin_px)

    @torch.inference_mode()
    def find_probability(self, image: Image) -> NDArray[np.float32]:
        """Return the probability of each pixel to be covered, float32 (S, S).

        Raises:
            DataError: The image is not square, has other channels or another type.
        """
        _check_image(image)
        parameter = next(self.network.parameters())
        small = torch.tensor(_resize(image, FACE_SIDE), device=parameter.device)
        face = small.permute(2, 0, 1)[None].to(parameter.dtype) / 255
        faces = torch.cat([face, face.flip(-1)]) if self.with_mirror else face
        shares = self.network(faces).float().sigmoid()
        share = (shares[:1] + shares[1:].flip(-1)) / 2 if self.with_mirror else shares
        return np.asarray(_resize(share[0, 0].cpu().numpy(), len(image)), np.float32)


def find_mask(image: Image) -> Image:
    """Return what the released network :data:`RELEASE` finds, see :meth:`MaskFinder.__call__`.

    The network is loaded at the first call and kept.

    Raises:
        CheckpointError: Its file cannot be had.
        DataError: The image is not square, has other channels or another type.
    """
    return _load_finder(RELEASE)(image)


@lru_cache(maxsize=1)
def _load_finder(name: str) -> MaskFinder:
    return MaskFinder.from_pretrained(name)


def clean_mask(found: NDArray[np.bool_], min_area: float, margin_px: float) -> Image:
    """Return a found mask without specks and with a margin, uint8 (H, W), 255 = covered.

    Args:
        found: (H, W), True = covered.
        min_area: Connected parts of a smaller share of the image, covered or visible, are specks.
        margin_px: How far the edge moves outwards.
    """
    smallest = min_area * found.size
    kept = _drop_specks(found, smallest)
    filled = ~_drop_specks(~kept, smallest) if kept.any() else kept
    # The distance to the nearest covered pixel gives a round margin of any width.
    apart = cv2.distanceTransform((~filled).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    reached = (apart <= margin_px) & filled.any()
    return np.where(reached, np.uint8(255), np.uint8(0))


def _drop_specks(mask: NDArray[np.bool_], smallest: float) -> NDArray[np.bool_]:
    _, labels, figures, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=4)
    is_kept = figures[:, cv2.CC_STAT_AREA] >= smallest
    is_kept[0] = False  # what the mask leaves out
    return np.asarray(is_kept[labels], np.bool_)


def _resize(image: NDArray[Any], side: int) -> NDArray[Any]:
    if len(image) == side:
        return np.ascontiguousarray(image)
    how = cv2.INTER_AREA if len(image) > side else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(image, (side, side), interpolation=how))


def _check_image(image: Image) -> None:
    is_face = image.ndim == 3 and image.shape[2] == 3 and image.shape[0] == image.shape[1] > 0
    if image.dtype != np.uint8 or not is_face:
        raise DataError(
            f"the image is {image.dtype} {image.shape}; expected an aligned face, uint8 (S, S, 3)."
        )
