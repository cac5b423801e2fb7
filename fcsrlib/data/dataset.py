"""Joins a source of faces and a pipeline so that a sample depends on nothing but its key."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from fcsrlib.data.image_files import name_some
from fcsrlib.data.sample import FaceSource, Sample
from fcsrlib.data.transforms import Compose, Transform
from fcsrlib.errors import ConfigError, DataError, UndecodableImageError
from fcsrlib.registry import DATASETS


@dataclass(frozen=True)
class SampleKey:
    """Names one sample.

    Attributes:
        index: Face in the source.
        draw: Number of the random draw; evaluation uses the index, so that a face has the same
            hole in every run, training a number that never comes twice.
    """

    index: int
    draw: int


@DATASETS.register_module()
class FaceDataset:
    """Faces of a source, changed by a pipeline.

    Sample ``SampleKey(index, draw)`` is a function of the seed and the key alone: the number of
    workers, the order of calls and resuming do not change it.

    Attributes:
        metainfo: Name of the source and its number of faces, for MMEngine's loops.

    Args:
        source: Config or object with ``__len__`` and ``read(index)``.
        pipeline: Configs or objects of transforms, applied in order.
        seed: Seed of everything random in the pipeline.
        max_bad_images: How many different images may be undecodable before reading stops; counted
            in each worker process.
        replace_bad: Put another face, drawn from the key, in the place of an undecodable one
            (training). Otherwise such a sample is only ``{"skipped": [file name]}``, which
            :func:`fcsrlib.data.packing.pack_faces` drops (evaluation).

    Raises:
        ConfigError: A negative seed or ``max_bad_images``.
    """

    def __init__(
        self,
        source: dict[str, Any] | FaceSource,
        pipeline: Sequence[dict[str, Any] | Transform] = (),
        seed: int = 0,
        max_bad_images: int = 10,
        replace_bad: bool = True,
    ) -> None:
        """Build the source and the pipeline."""
        for name, value in (("seed", seed), ("max_bad_images", max_bad_images)):
            if value < 0:
                raise ConfigError(f"FaceDataset: {name} is {value}; expected at least 0.")
        self.source: FaceSource = DATASETS.build(source) if isinstance(source, dict) else source
        self.pipeline = Compose(pipeline)
        self.seed = seed
        self.max_bad_images = max_bad_images
        self.replace_bad = replace_bad
        self.metainfo = {"source": type(self.source).__name__, "num_faces": len(self.source)}
        self._bad: dict[str, str] = {}

    def __len__(self) -> int:
        """Return the number of faces."""
        return len(self.source)

    def __getitem__(self, key: SampleKey | int) -> Sample:
        """Return the sample of ``key``; an int stands for ``SampleKey(key, key)``.

        Where faces were replaced, ``skipped`` lists the undecodable files.

        Raises:
            DataError: More than ``max_bad_images`` images, or all, are undecodable.
        """
        index, draw = (key.index, key.draw) if isinstance(key, SampleKey) else (key, key)
        rng = np.random.default_rng([self.seed, draw])
        skipped: list[str] = []
        while True:
            try:
                sample = self.source.read(index)
                break
            except UndecodableImageError as error:
                skipped.append(self._note_bad(index, error))
            if not self.replace_bad:
                return {"skipped": skipped}
            index = int(rng.integers(len(self.source)))
        sample = self.pipeline(sample, rng)
        return {**sample, "skipped": skipped} if skipped else sample

    def _note_bad(self, index: int, error: UndecodableImageError) -> str:
        names = getattr(self.source, "names", None)
        name = str(error) if names is None else names[index]
        self._bad[name] = str(error)
        # Without the second bound, a small data set of damaged images only would be read for ever.
        if len(self._bad) > min(self.max_bad_images, len(self.source) - 1):
            raise DataError(
                f"{len(self._bad)} images cannot be decoded (max_bad_images is "
                f"{self.max_bad_images}): {name_some(self._bad)} The last: {error} "
                "Repair or remove them, or raise max_bad_images."
            ) from error
        return name
