"""Face prior loss (Eq. 9): landmarks and parts found in a restored face against the true ones."""

from __future__ import annotations

from typing import NamedTuple

import torch.nn.functional as F
from torch import Tensor, nn

from fcsrlib.contracts import FacePriors
from fcsrlib.data.sample import UNKNOWN_LABEL
from fcsrlib.errors import ContractError
from fcsrlib.losses.reduction import check_choice, check_same_shape, widen

PARSING_FORMS = ("l2", "cross_entropy")
LANDMARK_FORMS = ("l2",)


class UnknownTargets(NamedTuple):
    """How much of a batch has no target.

    Attributes:
        num_landmarks: Landmarks, over all samples, without a position.
        num_pixels: Parsing pixels, over all samples, without a class.
    """

    num_landmarks: int
    num_pixels: int


def count_unknown(landmark_known: Tensor, parsing_target: Tensor) -> UnknownTargets:
    """Count what :func:`face_prior_loss` leaves out; waits for the device, so not every step.

    Args:
        landmark_known: (N, K) bool.
        parsing_target: (N, h, w), 255 = unknown.
    """
    return UnknownTargets(
        int((~landmark_known.bool()).sum()), int((parsing_target == UNKNOWN_LABEL).sum())
    )


def landmark_loss(landmarks: Tensor, target: Tensor, known: Tensor) -> Tensor:
    """Return the mean squared error of heatmaps (N, K, h, w) over the ``known`` (N, K) ones.

    Raises:
        ContractError: The shapes do not fit.
    """
    check_same_shape(landmarks, target, "landmark heatmaps and landmark_target")
    if known.shape != target.shape[:2]:
        raise ContractError(
            f"landmark_known is {tuple(known.shape)}; expected {tuple(target.shape[:2])}, "
            "one flag a landmark."
        )
    is_known = known.bool()[..., None, None]
    difference = widen(landmarks) - widen(target).masked_fill(~is_known, 0)  # a NaN target is 0
    per_landmark = difference.masked_fill(~is_known, 0).square().mean((2, 3))
    return per_landmark.sum() / known.bool().sum().clamp(min=1)


def parsing_loss(logits: Tensor, target: Tensor, form: str = "l2") -> Tensor:
    """Return the parsing error over the pixels whose class is known.

    Args:
        logits: (N, P, h, w).
        target: Class index (N, h, w), integer; 255 = unknown.
        form: ``'l2'``: the mean over pixels and classes of the squared difference between the
            softmax and the one-hot map; or ``'cross_entropy'``, the mean over pixels.

    Raises:
        ContractError: The shapes do not fit.
    """
    expected = (logits.shape[0], *logits.shape[2:])
    if target.shape != expected:
        raise ContractError(
            f"parsing_target is {tuple(target.shape)}; expected {tuple(expected)} for logits "
            f"{tuple(logits.shape)}."
        )
    wide, labels = widen(logits), target.long()
    is_known = labels != UNKNOWN_LABEL
    if form == "cross_entropy":
        total = F.cross_entropy(wide, labels, ignore_index=UNKNOWN_LABEL, reduction="sum")
    else:
        one_hot = F.one_hot(labels.masked_fill(~is_known, 0), wide.shape[1]).movedim(-1, 1)
        per_pixel = (wide.softmax(1) - one_hot).square().mean(1)
        total = (per_pixel * is_known).sum()
    return total / is_known.sum().clamp(min=1)


def face_prior_loss(
    priors: FacePriors,
    landmark_target: Tensor,
    landmark_known: Tensor,
    parsing_target: Tensor,
    alpha: float = 1.0,
    beta: float = 1.0,
    parsing: str = "l2",
) -> Tensor:
    """Return Eq. 9: ``alpha`` times the landmark error plus ``beta`` times the parsing error.

    The equation writes norms; this is the mean squared error, as in the FSRNet it follows, which
    neither grows with the maps' size nor has a kink at zero. What has no target does not count;
    when nothing has one the result is a zero that still has a graph.

    Args:
        priors: Predicted from the restored face.
        landmark_target: Heatmaps (N, K, h, w) in [0, 1]; ignored where not known.
        landmark_known: (N, K) bool.
        parsing_target: Class index (N, h, w), integer; 255 = unknown.
        alpha: Weight of the landmarks.
        beta: Weight of the parts.
        parsing: ``'l2'`` or ``'cross_entropy'``, see :func:`parsing_loss`.

    Raises:
        ContractError: The shapes do not fit.
    """
    landmarks = landmark_loss(priors.landmarks, landmark_target, landmark_known)
    parts = parsing_loss(priors.parsing, parsing_target, parsing)
    return alpha * landmarks + beta * parts


class FacePriorLoss(nn.Module):
    """Face prior loss, Eq. 9.

    Args:
        alpha: Weight of the landmarks, Eq. 9.
        beta: Weight of the parts, Eq. 9.
        parsing: ``'l2'`` on probabilities, or ``'cross_entropy'`` (the authors' code).
        landmark: ``'l2'`` on heatmaps.

    Raises:
        ContractError: An argument is none of these.
    """

    def __init__(
        self, alpha: float = 1.0, beta: float = 1.0, parsing: str = "l2", landmark: str = "l2"
    ) -> None:
        """Check and keep the arguments."""
        super().__init__()
        self.alpha = alpha
        self.beta = beta
        self.parsing = check_choice("parsing", parsing, PARSING_FORMS)
        self.landmark = check_choice("landmark", landmark, LANDMARK_FORMS)

    def forward(
        self,
        priors: FacePriors,
        landmark_target: Tensor,
        landmark_known: Tensor,
        parsing_target: Tensor,
    ) -> Tensor:
        """Return :func:`face_prior_loss`.

        Raises:
            ContractError: The shapes do not fit.
        """
        return face_prior_loss(
            priors,
            landmark_target,
            landmark_known,
            parsing_target,
            self.alpha,
            self.beta,
            self.parsing,
        )
