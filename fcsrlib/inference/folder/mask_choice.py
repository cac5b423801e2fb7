"""Where the hole of each image of a folder comes from: a file, a folder, a colour, or finding."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fcsrlib.data.alignment import crop_square, find_central_square
from fcsrlib.errors import ConfigError, DataError
from fcsrlib.inference.image_io import READABLE_SUFFIXES, ImageLike
from fcsrlib.inference.photo.plan import HoleMask

TOLERANCE = 16
_COLOUR = re.compile(r"color:#([0-9a-fA-F]{6})(?::(\d{1,3}))?")
_FINDER = "fcsrlib.inference.mask_finder"


class MaskChoice(ABC):
    """Says what is hidden in an image."""

    @abstractmethod
    def find(self, name: Path, pixels: NDArray[np.uint8]) -> ImageLike | None:
        """Return the hole of an image, or None where nothing is hidden.

        Args:
            name: Place of the image below its folder.
            pixels: RGB, uint8 (H, W, 3).

        Raises:
            DataError: There is no mask for it.
        """

    def find_in_photo(self, name: Path, pixels: NDArray[np.uint8]) -> HoleMask | None:
        """Return the same of a photograph; or what finds it in an aligned face.

        Raises:
            DataError: There is no mask for it.
        """
        return self.find(name, pixels)


class NoMask(MaskChoice):
    """Nothing is hidden."""

    def find(self, name: Path, pixels: NDArray[np.uint8]) -> None:
        """Return None."""


class OneMask(MaskChoice):
    """One mask for all images.

    Args:
        path: The mask's file.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def find(self, name: Path, pixels: NDArray[np.uint8]) -> ImageLike:
        """Return the mask's path."""
        return self.path


class MaskFolder(MaskChoice):
    """The mask of the same name in another folder, with any suffix of images.

    Args:
        folder: The folder; it has the images' tree.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def find(self, name: Path, pixels: NDArray[np.uint8]) -> ImageLike:
        """Return the path of the mask for ``name``."""
        same = self.folder / name
        suffixes = sorted(READABLE_SUFFIXES)
        for path in (same, *(same.with_suffix(suffix) for suffix in suffixes)):
            if path.is_file():
                return path
        raise DataError(f"there is no mask {same.with_suffix('')}.* for it.")


class ColourMask(MaskChoice):
    """What has one colour is hidden, such as a hole that was painted green.

    Args:
        colour: RGB, 0 to 255.
        tolerance: Most levels that a channel may differ by.
    """

    def __init__(self, colour: tuple[int, int, int], tolerance: int = TOLERANCE) -> None:
        self.colour = colour
        self.tolerance = tolerance

    def find(self, name: Path, pixels: NDArray[np.uint8]) -> ImageLike:
        """Return where ``pixels`` have the colour, bool (H, W)."""
        difference = np.abs(pixels.astype(np.int16) - np.array(self.colour, np.int16))
        hidden: NDArray[Any] = difference.max(2) <= self.tolerance
        return hidden


class FoundMask(MaskChoice):
    """What a network finds to be hidden.

    Args:
        find_mask: Returns the mask (side, side) of an aligned face, uint8 (side, side, 3).
    """

    def __init__(self, find_mask: Callable[[NDArray[np.uint8]], Any]) -> None:
        self._find_mask = find_mask

    def find(self, name: Path, pixels: NDArray[np.uint8]) -> ImageLike:
        """Return the mask that was found over the central square."""
        height, width = pixels.shape[:2]
        side = min(height, width)
        square = crop_square(pixels, *find_central_square(height, width, side), side)
        mask: ImageLike = self._find_mask(np.ascontiguousarray(square))
        return mask

    def find_in_photo(self, name: Path, pixels: NDArray[np.uint8]) -> HoleMask:
        """Return what finds the mask in each of its faces."""
        return self._find_mask


def parse_mask(text: str | None) -> MaskChoice:
    """Return what ``--mask`` means.

    Args:
        text: A file, a folder, ``color:#RRGGBB``, ``color:#RRGGBB:TOLERANCE`` or ``auto``; None:
            nothing is hidden.

    Raises:
        ConfigError: None of these, or this version finds no masks by itself.
    """
    if text is None:
        return NoMask()
    if text == "auto":
        return FoundMask(_load_finder())
    if text.startswith("color:"):
        return _parse_colour(text)
    path = Path(text)
    if path.is_dir():
        return MaskFolder(path)
    if path.is_file():
        return OneMask(path)
    raise ConfigError(
        f"the mask '{text}' is no file or folder; expected one, color:#RRGGBB[:TOLERANCE] or auto."
    )


def _parse_colour(text: str) -> ColourMask:
    match = _COLOUR.fullmatch(text)
    if match is None or int(match[2] or 0) > 255:
        raise ConfigError(
            f"the mask is '{text}'; expected color:#RRGGBB or color:#RRGGBB:TOLERANCE with a "
            "tolerance of 0 to 255 levels, for example color:#00ff00:20."
        )
    red, green, blue = bytes.fromhex(match[1])
    return ColourMask((red, green, blue), TOLERANCE if match[2] is None else int(match[2]))


def _load_finder() -> Callable[[NDArray[np.uint8]], Any]:
    try:
        finder: Callable[[NDArray[np.uint8]], Any] = import_module(_FINDER).find_mask
    except (ModuleNotFoundError, AttributeError) as error:
        raise ConfigError(
            "this version finds no masks by itself; give a file, a folder or "
            "color:#RRGGBB[:TOLERANCE] as the mask."
        ) from error
    return finder
