"""Reads packs: aligned faces with all they know, one file a split, for fast random access."""

from __future__ import annotations

import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fcsrlib.data.pack_file import (
    check_codec,
    decode_crop,
    decode_labels,
    name_pack_file,
    open_pack_file,
    split_names,
)
from fcsrlib.data.sample import Sample, make_sample
from fcsrlib.data.splits import check_split
from fcsrlib.errors import DataError, UndecodableImageError
from fcsrlib.registry import DATASETS


@DATASETS.register_module()
class PackedFaces:
    """Faces that ``tools/prepare_data.py pack`` wrote: ``faces_train.safetensors`` and so on.

    A face comes out as its source gave it, bit for bit unless it was packed as JPEG. The file is
    mapped into memory read-only: nothing is unpacked, forked workers share its pages, spawned ones
    open it anew. A face that its source could not decode cannot be decoded here either, so that
    the numbers of the others stay the same.

    Attributes:
        names: File names of the split, in the order of its source.

    Args:
        root: The pack's folder.
        split: ``"train"``, ``"val"`` or ``"test"``.
        max_images: Keep only the first so many of the split.

    Raises:
        ConfigError: An unknown split or a ``max_images`` below 1.
        DataError: The split's file is absent or damaged.
    """

    def __init__(
        self, root: str | Path, split: str = "train", max_images: int | None = None
    ) -> None:
        """Map the split's file into memory."""
        check_split(split, max_images)
        self.root, self.split, self.max_images = Path(root), split, max_images
        self._path = self.root / name_pack_file(split)
        if not self._path.is_file():
            raise DataError(
                f"{self._path} is missing: the split '{split}' was not packed, or the packing was "
                "interrupted; run the same command again."
            )
        self._file = open_pack_file(self._path)
        self._arrays = self._file.arrays
        self._codec = check_codec(self._file.metadata.get("codec", ""))
        self.names = split_names(self._arrays["names"])[:max_images]

    def __len__(self) -> int:
        """Return the number of faces."""
        return len(self.names)

    def __reduce__(self) -> tuple[type[PackedFaces], tuple[Path, str, int | None]]:
        """Pickle the arguments alone: another process maps the file for itself."""
        return PackedFaces, (self.root, self.split, self.max_images)

    def read(self, index: int) -> Sample:
        """Return face ``index`` at 144x144.

        Raises:
            UndecodableImageError: It could not be decoded when it was packed, or its bytes here
                are damaged.
        """
        index = range(len(self.names))[index]
        name = self.names[index]
        image = self._cut("image", index)
        if not len(image):
            raise UndecodableImageError(
                f"{self._path}: {name} could not be decoded when it was packed."
            )
        if zlib.crc32(image.data) != self._arrays["checksums"][index]:
            raise UndecodableImageError(f"{self._path}: {name} is damaged; pack the faces anew.")
        try:
            parsing = decode_labels(self._cut("label", index))
        except (zlib.error, ValueError) as error:
            raise UndecodableImageError(
                f"{self._path}: the labels of {name} are damaged ({error})."
            ) from error
        return make_sample(
            name,
            decode_crop(image, self._codec, self._path / name),
            np.array(self._arrays["landmarks"][index], np.float32),
            parsing,
            int(self._arrays["identities"][index]),
        )

    @property
    def identities(self) -> NDArray[np.int64]:
        """Person of each face, int64 (N,); -1 = unknown."""
        return np.array(self._arrays["identities"][: len(self.names)], np.int64)

    def _cut(self, what: str, index: int) -> NDArray[np.uint8]:
        """Return the stored bytes of an image or a label map."""
        ends = self._arrays[f"{what}_ends"]
        return self._file.cut(f"{what}s", int(ends[index - 1]) if index else 0, int(ends[index]))
