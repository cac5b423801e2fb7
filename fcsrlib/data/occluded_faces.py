"""Reads photographs of covered faces, with masks that say where they are covered."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from fcsrlib.data.alignment import crop_square, find_central_square, resize_image
from fcsrlib.data.image_files import list_images, name_some, read_gray, read_image
from fcsrlib.data.sample import ALIGNED_SIDE, Sample, make_sample
from fcsrlib.data.splits import check_split
from fcsrlib.errors import DataError
from fcsrlib.registry import DATASETS

IMAGE_FOLDER, MASK_FOLDER = "images", "hole_masks"


@DATASETS.register_module()
class OccludedFaces:
    """The images of ``images/`` that have a mask of the same stem in ``hole_masks/``.

    Faces lie as in CelebA's aligned 178x218: of each image, and of its mask, the central square is
    brought to 144. Samples have an ``occluder_mask``; landmarks, labels and identities are unknown.

    Attributes:
        names: File names of the images, sorted.
        folder: Where the images lie.

    Args:
        root: Folder with both folders; masks are gray, 128 or more = covered.
        split: Accepted for use in place of other readers; all faces are in every split.
        max_images: Keep only the first so many.

    Raises:
        ConfigError: An unknown split or a ``max_images`` below 1.
        DataError: A folder is absent, or no image has a mask.
    """

    def __init__(
        self, root: str | Path, split: str = "test", max_images: int | None = None
    ) -> None:
        """List the images that have a mask."""
        check_split(split, max_images)
        self.root = Path(root)
        self.folder = self.root / IMAGE_FOLDER
        images, masks = (list_images(self.root / name) for name in (IMAGE_FOLDER, MASK_FOLDER))
        by_stem = {Path(name).stem: name for name in masks}
        pairs = [(name, by_stem[Path(name).stem]) for name in images if Path(name).stem in by_stem]
        if not pairs:
            raise DataError(
                f"{self.root / MASK_FOLDER} has {name_some(masks)}, none of which is the stem of "
                f"an image in {self.root / IMAGE_FOLDER}; name masks like their images."
            )
        self._pairs = pairs[:max_images]
        self.names = [image for image, _ in self._pairs]

    def __len__(self) -> int:
        """Return the number of faces."""
        return len(self._pairs)

    def read(self, index: int) -> Sample:
        """Return face ``index`` at 144x144, with its ``occluder_mask``.

        Raises:
            UndecodableImageError: One of the files is damaged.
            DataError: The mask has another size than its image.
        """
        name, mask_name = self._pairs[index]
        image = read_image(self.root / IMAGE_FOLDER / name)
        mask = read_gray(self.root / MASK_FOLDER / mask_name)
        if mask.shape != image.shape[:2]:
            raise DataError(
                f"{self.root / MASK_FOLDER / mask_name} is {mask.shape[1]}x{mask.shape[0]}; "
                f"expected {image.shape[1]}x{image.shape[0]} like its image."
            )
        height, width = mask.shape
        side = min(height, width)
        left, top = find_central_square(height, width, side)
        square, covered = (crop_square(one, left, top, side) for one in (image, mask))
        sample = make_sample(name, resize_image(square, ALIGNED_SIDE))
        is_covered = resize_image(
            np.where(covered >= 128, np.uint8(255), np.uint8(0)), ALIGNED_SIDE
        )
        return {**sample, "occluder_mask": (is_covered >= 128).astype(np.uint8)}
