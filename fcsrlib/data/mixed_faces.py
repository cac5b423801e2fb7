"""Several sources of faces as one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from fcsrlib.data.sample import UNKNOWN_IDENTITY, FaceSource, Sample
from fcsrlib.errors import ConfigError
from fcsrlib.registry import DATASETS


@DATASETS.register_module()
class MixedFaces:
    """Faces of several sources, one source after the other, each repeated as often as it says.

    What one source does not know (landmarks, labels, identities) stays unknown in its samples; the
    loss terms leave it out sample by sample. People of different sources get different identities.

    Attributes:
        names: File names, where all sources have them.

    Args:
        sources: Configs or objects of sources.
        repeats: How often each source's faces come in one pass; None: once.
        split: Given to the sources' configs that name none.
        max_images: Keep so many, spread evenly over all.

    Raises:
        ConfigError: No source, or ``repeats`` that are not one positive integer for each.
    """

    def __init__(
        self,
        sources: Sequence[dict[str, Any] | FaceSource],
        repeats: Sequence[int] | None = None,
        split: str | None = None,
        max_images: int | None = None,
    ) -> None:
        """Build the sources and number their faces."""
        repeats = [1] * len(sources) if repeats is None else list(repeats)
        whole = all(isinstance(repeat, int) and repeat > 0 for repeat in repeats)
        if not sources or len(repeats) != len(sources) or not whole:
            raise ConfigError(
                f"MixedFaces: repeats is {repeats} for {len(sources)} sources; expected one "
                "positive integer for each of at least one source."
            )
        if max_images is not None and max_images < 1:
            raise ConfigError(f"max_images is {max_images}; expected at least 1, or None for all.")
        self.sources = [_build(source, split) for source in sources]
        sizes = [len(source) for source in self.sources]
        faces = np.concatenate(
            [
                np.column_stack([np.full(repeat * size, number), np.arange(repeat * size) % size])
                for number, (size, repeat) in enumerate(zip(sizes, repeats, strict=True))
            ]
        )
        kept = len(faces) if max_images is None else min(max_images, len(faces))
        self._faces = faces[np.arange(kept) * len(faces) // kept]
        lists = [getattr(source, "names", None) for source in self.sources]
        if None not in lists:
            self.names = [lists[number][index] for number, index in self._faces]

    def __len__(self) -> int:
        """Return the number of faces, repeats included."""
        return len(self._faces)

    def read(self, index: int) -> Sample:
        """Return face ``index`` as its source gives it.

        Raises:
            UndecodableImageError: The file of this one face cannot be read.
        """
        number, own_index = (int(value) for value in self._faces[index])
        sample = self.sources[number].read(own_index)
        if sample["identity"] == UNKNOWN_IDENTITY:
            return sample
        return {**sample, "identity": sample["identity"] * len(self.sources) + number}


def _build(source: dict[str, Any] | FaceSource, split: str | None) -> FaceSource:
    if not isinstance(source, dict):
        return source
    source = dict(source) if split is None else {"split": split, **source}
    built: FaceSource = DATASETS.build(source)
    return built
