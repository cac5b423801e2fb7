"""A contact sheet: faces of a data set beside what is known of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from fcsrlib.data.heatmaps import make_heatmaps
from fcsrlib.data.sample import Sample
from fcsrlib.data.synthetic.sheet import lay_out
from fcsrlib.engine.strip import write_picture
from fcsrlib.errors import ConfigError, DataError, UndecodableImageError
from fcsrlib.models.prior_picture import draw_priors
from fcsrlib.preparation.source import open_splits

_COLUMNS = 4


def preview(root: str | Path, sheet: str | Path, *, split: str = "train", count: int = 24) -> Path:
    """Draw faces spread evenly over a split, each beside itself with parts and landmarks.

    Args:
        root: The data set, in any layout.
        sheet: PNG file to write.
        split: Which split.
        count: At most so many faces.

    Returns:
        ``sheet``.

    Raises:
        ConfigError: A ``count`` below 1, or a sheet that is no .png.
        DataError: The data set is absent or malformed, or none of the faces can be decoded.
    """
    sheet = Path(sheet)
    if sheet.suffix.lower() != ".png":
        raise ConfigError(f"'{sheet}' is no name of a PNG file; end it in .png.")
    if count < 1:
        raise ConfigError(f"--count is {count}; expected at least 1.")
    source = open_splits(Path(root), [split])[split]
    kept = min(count, len(source))
    samples = []
    for index in np.arange(kept) * len(source) // kept:
        try:
            samples.append(source.read(int(index)))
        except UndecodableImageError:
            continue
    if not samples:
        raise DataError(f"{root}: none of {kept} faces of '{split}' can be decoded.")
    write_picture(lay_out(np.stack([draw_face(one) for one in samples]), _COLUMNS), sheet)
    return sheet


def draw_face(sample: Sample) -> NDArray[np.uint8]:
    """Return a face and the same with its parts and landmarks, side by side, uint8 (S, 2 S, 3)."""
    face = sample["hr_target"]
    image = torch.from_numpy(face).permute(2, 0, 1)[None].float() / 255
    points = torch.from_numpy(sample["landmarks"])[None]
    heatmaps = make_heatmaps(points, face.shape[0], face.shape[0])
    drawn = draw_priors(image, heatmaps, torch.from_numpy(sample["parsing"])[None])
    pixels = (drawn[0].clamp(0, 1) * 255).round().byte().permute(1, 2, 0).numpy()
    return np.concatenate([face, pixels], 1)
