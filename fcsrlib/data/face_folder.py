"""Reads any folder of face images, without annotations."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from fcsrlib.data.alignment import crop_square, find_central_square, resize_image
from fcsrlib.data.image_files import list_images, read_image
from fcsrlib.data.sample import ALIGNED_SIDE, Sample, make_sample
from fcsrlib.data.splits import assign_split, check_shares, check_split
from fcsrlib.errors import DataError
from fcsrlib.registry import DATASETS


@DATASETS.register_module()
class FaceFolder:
    """All images below a folder: the central square of each, shrunk to 144.

    Landmarks, labels and identities are unknown. An image's split depends on nothing but its
    relative name, so adding images moves no other image to another split.

    Attributes:
        names: Relative names of the split, sorted.

    Args:
        root: Folder, searched recursively; hidden files are left out.
        split: ``"train"``, ``"val"`` or ``"test"``.
        max_images: Keep only the first so many of the split.
        shares: Share of each split, summing to 1; for example ``(0, 0, 1)`` to test on all.

    Raises:
        ConfigError: Bad ``split``, ``max_images`` or ``shares``.
        DataError: No such folder, or no image for the split.
    """

    def __init__(
        self,
        root: str | Path,
        split: str = "train",
        max_images: int | None = None,
        shares: Sequence[float] = (0.8, 0.1, 0.1),
    ) -> None:
        """List the images of the split."""
        check_split(split, max_images)
        check_shares(shares)
        self.root = Path(root)
        names = list_images(self.root)
        chosen = [name for name in names if assign_split(name, shares) == split]
        if not chosen:
            raise DataError(
                f"None of the {len(names)} images of {self.root} falls into the split '{split}' "
                f"with shares {tuple(shares)}; raise its share."
            )
        self.names = chosen[:max_images]

    def __len__(self) -> int:
        """Return the number of faces."""
        return len(self.names)

    def read(self, index: int) -> Sample:
        """Return face ``index`` at 144x144.

        Raises:
            UndecodableImageError: The file is damaged.
            DataError: The image is smaller than 144x144.
        """
        name = self.names[index]
        image = read_image(self.root / name)
        height, width = image.shape[:2]
        side = min(height, width)
        if side < ALIGNED_SIDE:
            raise DataError(
                f"{self.root / name} is {width}x{height}; expected at least "
                f"{ALIGNED_SIDE}x{ALIGNED_SIDE}. Enlarge it or take it out."
            )
        left, top = find_central_square(height, width, side)
        return make_sample(name, resize_image(crop_square(image, left, top, side), ALIGNED_SIDE))
