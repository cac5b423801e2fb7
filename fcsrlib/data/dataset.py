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

MAX_REPLACEMENTS = 32
"""Draws for one undecodable face before a data set counts as damaged as a whole."""


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
        replace_bad: Put another face, drawn from the key, in the place of an undecodable one
            (training). Otherwise such a sample is only ``{"skipped": [file name]}``, which
            :func:`fcsrlib.data.packing.pack_faces` drops (evaluation).

    Raises:
        ConfigError: A negative seed.
    """

    def __init__(
        self,
        source: dict[str, Any] | FaceSource,
        pipeline: Sequence[dict[str, Any] | Transform] = (),
        seed: int = 0,
        replace_bad: bool = True,
    ) -> None:
        """Build the source and the pipeline."""
        if not isinstance(seed, int) or seed < 0:
            raise ConfigError(f"FaceDataset: seed is {seed!r}; expected an integer, 0 or more.")
        self.source: FaceSource = DATASETS.build(source) if isinstance(source, dict) else source
        self.pipeline = Compose(pipeline)
        self.seed = seed
        self.replace_bad = replace_bad
        self.metainfo = {"source": type(self.source).__name__, "num_faces": len(self.source)}

    def __len__(self) -> int:
        """Return the number of faces."""
        return len(self.source)

    def __getitem__(self, key: SampleKey | int) -> Sample:
        """Return the sample of ``key``; an int stands for ``SampleKey(key, key)``.

        Where faces were replaced, ``skipped`` lists the undecodable files. How many of them a run
        tolerates is ``SkippedImagesHook.limit``.

        Raises:
            DataError: No replacement could be decoded either, in :data:`MAX_REPLACEMENTS` draws.
        """
        index, draw = (key.index, key.draw) if isinstance(key, SampleKey) else (key, key)
        rng = np.random.default_rng([self.seed, draw])
        skipped: list[str] = []
        sample = self._read(index, rng, skipped)
        if sample is None:
            return {"skipped": skipped}
        sample = self.pipeline(sample, rng)
        return {**sample, "skipped": skipped} if skipped else sample

    def _read(self, index: int, rng: np.random.Generator, skipped: list[str]) -> Sample | None:
        """Read a face or, where bad ones are replaced, one drawn from ``rng``."""
        names = getattr(self.source, "names", None)
        for _ in range(1 + MAX_REPLACEMENTS):
            try:
                return self.source.read(index)
            except UndecodableImageError as error:
                skipped.append(str(error) if names is None else str(names[index]))
                last = error
            if not self.replace_bad:
                return None
            index = int(rng.integers(len(self.source)))
        raise DataError(
            f"{len(skipped)} images drawn one after another cannot be decoded: "
            f"{name_some(dict.fromkeys(skipped))} The last: {last} Mend the data."
        ) from last
