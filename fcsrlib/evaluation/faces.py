"""Opens the faces that an evaluation runs over, without their config's own holes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mmengine.config import Config

from fcsrlib.data import FaceDataset
from fcsrlib.data.sample import Sample
from fcsrlib.engine.config import complete_config
from fcsrlib.engine.data_choice import choose_data, limit_source
from fcsrlib.errors import ConfigError, DataError
from fcsrlib.registry import DATASETS


@dataclass(frozen=True, eq=False)
class Faces:
    """The test faces, in order.

    Attributes:
        dataset: Gives HR faces.
        data: One line that says which faces they are.
        pipeline: Configs of what is done to each.
    """

    dataset: FaceDataset
    data: str
    pipeline: list[dict[str, Any]]

    def __len__(self) -> int:
        """Return the number of faces."""
        return len(self.dataset)

    @property
    def seed(self) -> int:
        """Seed of the holes: that of the config's test data set."""
        return self.dataset.seed

    @property
    def names(self) -> list[str]:
        """File names, where the source has them."""
        return [str(name) for name in getattr(self.dataset.source, "names", ())]

    def read(self, index: int) -> Sample:
        """Return a face, or ``{"skipped": [name]}`` where it does not decode."""
        return self.dataset[index]


def open_faces(
    config: Config, data_root: str | Path | None, max_images: int | None, min_images: int
) -> Faces:
    """Open the test split of ``config``, which is changed in place.

    Args:
        config: Names the source and the transforms; its holes are left out.
        data_root: Faces to use instead of the config's.
        max_images: Take so many only.
        min_images: What the protocol needs.

    Raises:
        ConfigError: The config has no test data, or ``max_images`` is below 1.
        DataError: The data cannot be opened or are too few.
    """
    if not config.get("test_dataloader"):
        raise ConfigError("the config has no test_dataloader; see configs/_base_/celeba.py.")
    check_count(max_images)
    data = choose_data(config, data_root).description
    options = config.test_dataloader.dataset
    limit_source(options.source, max_images)
    complete_config(config)
    pipeline = [transform for transform in options.pipeline if transform.type != "DrawHole"]
    dataset = DATASETS.build({**options, "pipeline": pipeline, "replace_bad": False})
    wanted = max(max_images or 1, min_images)
    if len(dataset) < wanted:
        raise DataError(
            f"{wanted} faces are wanted (--max-images or the protocol), but there are "
            f"{len(dataset)} {data}; ask for fewer or give more."
        )
    return Faces(dataset, data, [dict(transform) for transform in pipeline])


def check_count(max_images: int | None) -> None:
    """Check ``--max-images``.

    Raises:
        ConfigError: It is below 1.
    """
    if max_images is not None and max_images < 1:
        raise ConfigError(f"--max-images is {max_images}; expected at least 1.")
