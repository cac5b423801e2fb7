"""Stacks samples into a batch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from mmengine.registry import FUNCTIONS
from torch import Tensor

from fcsrlib.data.sample import Sample
from fcsrlib.errors import DataError

Batch = dict[str, Any]


@FUNCTIONS.register_module()
def pack_faces(samples: Sequence[Sample]) -> Batch:
    """Stack samples as :mod:`fcsrlib.data.sample` describes a batch.

    ``name`` and ``skipped`` are lists of strings; every other field becomes a tensor. Markers of
    undecodable images (samples without ``name``) are dropped and their files added to ``skipped``.
    Where nothing is left, the batch is just ``{"name": [], "skipped": [...]}``, without tensors:
    no face is left to say how large they would be.

    Raises:
        DataError: The samples differ in their fields or in a field's shape.
    """
    faces = [sample for sample in samples if "name" in sample]
    batch: Batch = {
        "name": [face["name"] for face in faces],
        "skipped": [file for sample in samples for file in sample.get("skipped", ())],
    }
    if not faces:
        return batch
    for field in [field for field in faces[0] if field not in batch]:
        batch[field] = _stack(field, faces)
    return batch


def _stack(field: str, faces: Sequence[Sample]) -> Tensor:
    try:
        stacked = torch.from_numpy(np.stack([face[field] for face in faces]))
    except (KeyError, ValueError) as error:
        shapes = {np.shape(face[field]) if field in face else "absent" for face in faces}
        raise DataError(
            f"'{field}' differs within a batch: {', '.join(map(str, shapes))}; expected one shape. "
            "Crop all faces to one side and use one landmark scheme."
        ) from error
    if field == "hr_target":
        # A view: the one copy into planes happens on the device.
        return stacked.permute(0, 3, 1, 2)
    return stacked.unsqueeze(1) if field in ("hole_mask", "occluder_mask") else stacked
