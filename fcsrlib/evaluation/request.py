"""What an evaluation is asked for: networks, faces, folder, and the protocol's own options."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from mmengine.config import Config

from fcsrlib.errors import ConfigError

Say = Callable[[str], None]


@dataclass(frozen=True)
class Request:
    """One call of :func:`fcsrlib.evaluation.evaluate`, as a protocol gets it.

    Attributes:
        pairs: Config and checkpoint of each network; the faces are those of the first config.
        data_root: Faces to measure on instead of the config's.
        out: Folder for the results.
        max_images: Measure the first images only.
        batch_size: Faces a batch; changes the speed, not the numbers.
        channel: ``rgb``, or ``y`` for BT.601 luma.
        crop_px: Border left out at HR.
        say: Takes lines on how far it is.
        options: The protocol's own values by name. A protocol finds all that it knows: see
            :meth:`complete`.

    Raises:
        ConfigError: No network, or a batch without faces.
    """

    pairs: tuple[tuple[Config, str | Path], ...]
    data_root: str | Path | None = None
    out: str | Path | None = None
    max_images: int | None = None
    batch_size: int = 16
    channel: str = "rgb"
    crop_px: int = 0
    say: Say = lambda line: None
    options: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Check what every protocol needs."""
        if not self.pairs:
            raise ConfigError("no network to measure; give CONFIG CHECKPOINT, once or more.")
        if self.batch_size < 1:
            raise ConfigError(f"--batch-size is {self.batch_size}; expected at least 1.")

    def complete(self, protocol: str, known: Mapping[str, Any]) -> Request:
        """Return the request with every option of ``known``, name → default.

        Raises:
            ConfigError: The request has an option that the protocol does not know.
        """
        unknown = [name for name in self.options if name not in known]
        if unknown:
            knows = f"it knows {', '.join(known)}" if known else "it knows none"
            raise ConfigError(
                f"{protocol} does not know the option{'s' if len(unknown) > 1 else ''} "
                f"{', '.join(unknown)}; {knows}."
            )
        return replace(self, options={**known, **self.options})

    def choose_folder(self, protocol: str) -> Path:
        """Return where the results go: ``out``, or ``<first checkpoint>.<protocol>``.

        Raises:
            ConfigError: It is a file.
        """
        folder = Path(self.out) if self.out else Path(f"{self.pairs[0][1]}.{protocol}")
        if folder.exists() and not folder.is_dir():
            raise ConfigError(f"--out {folder} is a file; give a folder.")
        return folder
