"""What a part of each slot promises: its call, its outputs and its size rules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

from torch import Tensor


@dataclass(frozen=True)
class Completion:
    """Output of an FC backbone (Eq. 1).

    Attributes:
        image: ``I'_LR``, the completed face, (N, 3, h, w), about [0, 1], not yet composited.
        coarse: An earlier estimate of the same shape, for networks that make one.
        aux: Anything else by name; never read by the schedule, kept for losses and pictures.
    """

    image: Tensor
    coarse: Tensor | None = None
    aux: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class FacePriors:
    """Face geometry predicted from an image.

    Attributes:
        landmarks: Heatmaps in [0, 1], (N, K, H/2, W/2), one channel a landmark.
        parsing: Logits, (N, P, H/2, W/2), one channel a face part.
    """

    landmarks: Tensor
    parsing: Tensor


@dataclass(frozen=True)
class Restoration:
    """Output of an SR backbone (Eq. 3).

    Attributes:
        image: ``I_HR``, the restored face, (N, 3, h*scale, w*scale), about [0, 1].
        coarse: An earlier HR estimate, for networks that make one.
        priors: The network's own face priors, for networks that predict them.
        aux: Anything else by name.
    """

    image: Tensor
    coarse: Tensor | None = None
    priors: FacePriors | None = None
    aux: Mapping[str, Any] = field(default_factory=dict)


@runtime_checkable
class FCBackbone(Protocol):
    """Slot FC_BACKBONES: completes a masked low-resolution face.

    ``size_multiple``: every side of the input must be a multiple of it.
    """

    size_multiple: int

    def __call__(self, lr_masked: Tensor, hole_mask: Tensor) -> Completion:
        """Complete ``lr_masked`` (N, 3, h, w) in [0, 1]; ``hole_mask`` (N, 1, h, w), 1 = hole."""


@runtime_checkable
class SRBackbone(Protocol):
    """Slot SR_BACKBONES: enlarges a completed face by ``scale``."""

    scale: int

    def __call__(self, lr: Tensor) -> Restoration:
        """Enlarge ``lr`` (N, 3, h, w) in [0, 1] to (N, 3, h*scale, w*scale)."""


@runtime_checkable
class Discriminator(Protocol):
    """Slot DISCRIMINATORS: tells real HR faces from restored ones."""

    def __call__(self, image: Tensor, hole_mask: Tensor | None = None) -> Tensor | list[Tensor]:
        """Return logits for ``image`` (N, 3, H, W) in [0, 1]; ``hole_mask`` is (N, 1, H, W)."""


@runtime_checkable
class FacePriorNetwork(Protocol):
    """Slot FACE_PRIORS: predicts landmarks and parts from an HR face."""

    num_landmarks: int
    num_classes: int

    def __call__(self, image: Tensor) -> FacePriors:
        """Predict priors of ``image`` (N, 3, H, W) in [0, 1] at half its side."""


@runtime_checkable
class Loss(Protocol):
    """Slot LOSSES: a scalar from tensors given by name.

    The parameter names of ``forward`` are what a term's ``inputs`` in the config maps to tensors
    of the training step; weight, name and stage live in the config.
    """

    def __call__(self, *args: Any, **kwargs: Any) -> Tensor:
        """Return a scalar tensor."""
