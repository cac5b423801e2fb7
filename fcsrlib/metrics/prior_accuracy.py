"""Accuracy of a face prior network on labelled faces."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from torch.nn import functional

from fcsrlib.data.landmarks import OUTER_EYE_CORNERS
from fcsrlib.metrics.face_reading import score_reading, summarise_reading
from fcsrlib.metrics.landmarks import decode_heatmaps
from fcsrlib.metrics.per_image import PerImageMetric, split_rows, stack_field
from fcsrlib.registry import METRICS


@METRICS.register_module()
class PriorAccuracy(PerImageMetric):
    """Landmark error and parsing IoU of what a face prior network finds in true faces.

    Reports ``landmark_error``, the mean over faces of
    :func:`~fcsrlib.metrics.landmarks.landmark_error`; ``parsing_iou_<class>`` from intersections
    and unions summed over all faces, of logits enlarged bilinearly to the face's size;
    ``parsing_miou``, their mean over the classes that occur; and ``num_images``. Faces without
    labels of a kind do not count for it.

    Samples are those of :class:`fcsrlib.models.face_prior_model.FacePriorModel`.

    Args:
        num_classes: Number of face parts P.
        eye_corners: Numbers of the outer eye corners.
        **options: See :class:`~fcsrlib.metrics.per_image.PerImageMetric`.
    """

    protocol = "landmark error / distance of outer eye corners, IoU from summed counts at full size"

    def __init__(
        self,
        num_classes: int = 11,
        eye_corners: Sequence[int] = OUTER_EYE_CORNERS,
        **options: Any,
    ) -> None:
        """Keep the arguments."""
        super().__init__(**options)
        self.num_classes = num_classes
        self.eye_corners = (int(eye_corners[0]), int(eye_corners[1]))

    def process(self, data_batch: Any, data_samples: Sequence[Mapping[str, Any]]) -> None:
        """Score a batch; one row an image.

        Raises:
            ContractError: A field is missing, or the images of the batch differ in size.
        """
        if not data_samples:
            return
        names = ("found_landmarks", "found_parsing", "landmarks", "landmark_known", "parsing")
        heatmaps, logits, points, known, labels = (stack_field(data_samples, n) for n in names)
        side = labels.shape[-2:]
        wide = functional.interpolate(logits, size=side, mode="bilinear", align_corners=False)
        scores = score_reading(
            decode_heatmaps(heatmaps, side[-1]),
            wide,
            points,
            known,
            labels,
            self.num_classes,
            self.eye_corners,
        )
        self.results.extend(split_rows(scores))

    def summarise(self, scores: Mapping[str, Sequence[float]]) -> dict[str, float]:
        """Return the figures of all faces."""
        if not scores:
            return {}
        figures = summarise_reading(scores, self.num_classes)
        return {**figures, "num_images": len(scores["landmark_error"])}
