"""Finds images, their masks and their references in folders, by the stem of their file names."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fcsrlib.data.celeba import IMAGE_FOLDER
from fcsrlib.data.image_files import list_images, name_some, read_gray, read_image
from fcsrlib.data.sample import Sample, make_sample
from fcsrlib.errors import ConfigError, DataError
from fcsrlib.evaluation.natural.covers import frame_cover, frame_image


class NaturalFaces:
    """Faces with given masks and, where there are any, references; a source of a data set.

    Attributes:
        names: Images that have a mask, sorted by name.
        counts: How many images, masks and references there are, and how many have no partner.

    Args:
        images: Folder of images; in CelebA's layout the one that holds ``img_align_celeba``.
        masks: Folder of 8-bit gray masks, 255 = covered, named like the images.
        references: Folder of other images of the same persons, named like the images; or None.
        side: Side of the framed face.
        max_images: Keep only the first so many.

    Raises:
        DataError: A folder is absent or empty, names are not unique, or nothing belongs together.
    """

    def __init__(
        self,
        images: Path,
        masks: Path,
        references: Path | None,
        side: int,
        max_images: int | None = None,
    ) -> None:
        """List the files; images are read one by one later."""
        self.side = side
        apart = [folder for folder in (masks, references) if folder is not None]
        celeba = images / IMAGE_FOLDER
        self._images = _list_by_stem(celeba if celeba.is_dir() else images, apart)
        self._masks = _list_by_stem(masks)
        self._references = {} if references is None else _list_by_stem(references)
        stems = [stem for stem in self._images if stem in self._masks]
        if not stems:
            raise DataError(_complain("masks", masks, images, self._masks, self._images))
        self._stems = stems[:max_images]
        with_reference = [stem for stem in self._stems if stem in self._references]
        if references is not None and not with_reference:
            raise DataError(
                _complain("references", references, images, self._references, self._images)
            )
        self.names = [self._images[stem].name for stem in self._stems]
        self.counts: dict[str, Any] = {
            "images": len(self._images),
            "without_mask": len(self._images) - len(stems),
            "masks_without_image": len(self._masks) - len(stems),
            "with_reference": len(with_reference),
        }

    def __len__(self) -> int:
        """Return the number of faces."""
        return len(self._stems)

    def read(self, index: int) -> Sample:
        """Return face ``index``, ``cover`` (side, side) and, where there is one, ``reference``.

        Raises:
            UndecodableImageError: One of the files is damaged.
            DataError: The mask does not fit its image.
        """
        stem = self._stems[index]
        image = read_image(self._images[stem])
        mask = read_gray(self._masks[stem])
        try:
            cover = frame_cover(mask, (image.shape[0], image.shape[1]), self.side)
        except DataError as error:
            raise DataError(f"{self._masks[stem]}: {error}") from error
        sample = make_sample(self.names[index], frame_image(image, self.side))
        sample["cover"] = cover
        if stem in self._references:
            sample["reference"] = frame_image(read_image(self._references[stem]), self.side)
        return sample


def find_folder(flag: str, value: Any) -> Path:
    """Return the folder that a flag names.

    Raises:
        ConfigError: The flag is missing.
        DataError: There is no such folder.
    """
    if not value:
        raise ConfigError(f"natural needs {flag} FOLDER.")
    folder = Path(value)
    if not folder.is_dir():
        raise DataError(f"{flag} {folder} is no folder; give the one that holds the images.")
    return folder


def _list_by_stem(folder: Path, without: list[Path] | None = None) -> dict[str, Path]:
    """Return stem → path of the images below ``folder``, except those in ``without``."""
    apart = [other.resolve() for other in without or () if other.resolve() != folder.resolve()]
    paths = [folder / name for name in list_images(folder)]
    found: dict[str, Path] = {}
    for path in paths:
        if any(other in path.resolve().parents for other in apart):
            continue
        if path.stem in found:
            raise DataError(
                f"{found[path.stem]} and {path} have one stem; masks and references are found by "
                "it: rename one of them."
            )
        found[path.stem] = path
    return found


def _complain(
    what: str, folder: Path, images: Path, found: dict[str, Path], wanted: dict[str, Path]
) -> str:
    return (
        f"--{what} {folder} has {name_some(found)}, none of which is the stem of an image in "
        f"{images}: {name_some(wanted)}. Name {what} like their images."
    )
