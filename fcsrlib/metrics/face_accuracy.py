"""Face accuracy: where a face prior network finds landmarks and parts in a restored face."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from fcsrlib.contracts import FacePriors
from fcsrlib.data.landmarks import OUTER_EYE_CORNERS
from fcsrlib.data.sample import UNKNOWN_LABEL
from fcsrlib.errors import ConfigError
from fcsrlib.metrics.face_metric import FaceMetric
from fcsrlib.metrics.face_reading import list_reading_columns, score_reading, summarise_reading
from fcsrlib.metrics.landmarks import decode_heatmaps
from fcsrlib.models.weights import load_part_weights
from fcsrlib.registry import FACE_PRIORS, METRICS

READING = "_vs_reading"


@METRICS.register_module()
class FaceAccuracy(FaceMetric):
    """Landmark error and parsing IoU of restored faces, as a face prior network reads them.

    Reports ``landmark_error``, the mean over faces of
    :func:`~fcsrlib.metrics.landmarks.landmark_error` against the true landmarks;
    ``parsing_iou_<class>``, from intersections and unions summed over all faces; and
    ``parsing_miou``, their mean over the classes that occur. What a face has no labels for is
    compared with what the network reads in the true face instead, under the same names with
    ``_vs_reading`` at the end: that is agreement of two readings, and no accuracy. A figure that no
    face counts for is NaN.

    Args:
        face_prior: Config of slot FACE_PRIORS with a further key ``weights``, the file of a trained
            network or of a whole checkpoint; or the trained network, which is put into eval.
        eye_corners: Numbers of the outer eye corners, for other schemes than 68 and 81 points.
        **options: ``device``, ``prefix``, ``collect_device``, ``collect_dir``, see
            :class:`~fcsrlib.metrics.face_metric.FaceMetric`.

    Raises:
        CheckpointError: The weights cannot be loaded.
        ConfigError: There are none.
    """

    def __init__(
        self,
        face_prior: nn.Module | Mapping[str, Any],
        eye_corners: Sequence[int] = OUTER_EYE_CORNERS,
        **options: Any,
    ) -> None:
        """Build the network."""
        super().__init__(**options)
        self.network = _build_network(face_prior).to(self.device).eval()
        self.eye_corners = (int(eye_corners[0]), int(eye_corners[1]))
        self.num_classes: int = self.network.num_classes
        self.columns = tuple(
            name
            for suffix in ("", READING)
            for name in list_reading_columns(self.num_classes, suffix)
        )
        self.protocol = (
            f"landmark error / distance of outer eye corners, mean IoU from summed counts, read by "
            f"{type(self.network).__name__}, 8-bit"
        )

    def _score(
        self, restored: Tensor, target: Tensor, labels: Mapping[str, Tensor]
    ) -> dict[str, Tensor]:
        priors: FacePriors = self.network(restored)
        points = decode_heatmaps(priors.landmarks, restored.shape[-1])
        truth, known = _get_landmarks(labels, points)
        parts = labels.get("parsing_target", _make_unknown(priors.parsing))
        scores = self._compare(points, truth, known, priors.parsing, parts, "")
        # Landmarks and parts fall back one by one: a data set may label the one alone.
        no_points = scores["landmark_error"].isnan()
        no_parts = (parts == UNKNOWN_LABEL).flatten(1).all(1)
        read, read_parts = self._read_where(no_points | no_parts, target, priors)
        read_known = read.isfinite().all(-1) & no_points[:, None]
        read_parts = read_parts.masked_fill(~no_parts[:, None, None], UNKNOWN_LABEL)
        return scores | self._compare(points, read, read_known, priors.parsing, read_parts, READING)

    def _read_where(
        self, wanted: Tensor, target: Tensor, priors: FacePriors
    ) -> tuple[Tensor, Tensor]:
        """Read points and labels of the true faces that are ``wanted`` (N,); unknown elsewhere."""
        points = priors.landmarks.new_full(
            (*priors.landmarks.shape[:2], 2), math.nan, dtype=torch.float64
        )
        parts = _make_unknown(priors.parsing)
        if wanted.any():
            read: FacePriors = self.network(target[wanted])
            points[wanted] = decode_heatmaps(read.landmarks, target.shape[-1])
            parts[wanted] = read.parsing.argmax(1)
        return points, parts

    def _compare(
        self,
        points: Tensor,
        truth: Tensor,
        known: Tensor,
        logits: Tensor,
        parts: Tensor,
        suffix: str,
    ) -> dict[str, Tensor]:
        return score_reading(
            points, logits, truth, known, parts, self.num_classes, self.eye_corners, suffix
        )

    def summarise(self, scores: Mapping[str, Sequence[float]]) -> dict[str, float]:
        """Return the figures of all faces from :attr:`columns`; none from no columns."""
        if not scores:
            return {}
        figures: dict[str, float] = {}
        for suffix in ("", READING):
            figures |= summarise_reading(scores, self.num_classes, suffix)
        return figures


def _build_network(face_prior: nn.Module | Mapping[str, Any]) -> Any:
    if isinstance(face_prior, nn.Module):
        return face_prior
    arguments = dict(face_prior)
    path = arguments.pop("weights", None)
    if path is None:
        raise ConfigError(
            "FaceAccuracy's face_prior has no weights; an untrained network reads nothing. Give "
            "weights='FILE', for example a checkpoint of a run that trained one."
        )
    network = FACE_PRIORS.build(arguments)
    load_part_weights(network, path, "face_prior")
    return network


def _get_landmarks(labels: Mapping[str, Tensor], points: Tensor) -> tuple[Tensor, Tensor]:
    """Return the true points and which are known; all unknown where there are no labels."""
    if "landmarks" in labels and "landmark_known" in labels:
        return labels["landmarks"], labels["landmark_known"]
    return points, torch.zeros(points.shape[:2], dtype=torch.bool, device=points.device)


def _make_unknown(logits: Tensor) -> Tensor:
    shape = (logits.shape[0], *logits.shape[2:])
    return torch.full(shape, UNKNOWN_LABEL, dtype=torch.int64, device=logits.device)
