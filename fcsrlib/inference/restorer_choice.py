"""Which network restores an image: the one that was named, or one by the image's size."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from threading import Lock

from fcsrlib.errors import ConfigError
from fcsrlib.inference.restorer import Restorer

RELEASE_OF_SCALE = {4: "swift_x4", 8: "swift_x8"}
MAX_SIDE_AT_X8_PX = 24


def choose_scale(side_px: int) -> int:
    """Return the enlargement for a face of ``side_px``: 8 up to 24 px, else 4.

    The networks see 16x16 at x8 and 32x32 at x4; 24 lies half-way.
    """
    return 8 if side_px <= MAX_SIDE_AT_X8_PX else 4


class RestorerChoice:
    """Loads each network when the first image needs it; threads may share one.

    Attributes:
        failure: Why a network could not be loaded; None as long as all could.

    Args:
        load: Returns the restorer of a model's name or file.
        model: Name or file of the model for all images; None: the released ones.
        scale: Their enlargement; None: by each image's size.
    """

    def __init__(
        self,
        load: Callable[[str | Path], Restorer],
        model: str | Path | None = None,
        scale: int | None = None,
    ) -> None:
        self._load = load
        self._model = model
        self._scale = scale
        self.failure: Exception | None = None
        self._lock = Lock()
        self._loaded: dict[str | Path, Restorer] = {}

    def check(self) -> None:
        """Load the model that was named, if one was: better now than after an hour of images.

        Raises:
            FCSRError: See :meth:`choose`.
        """
        if self._model is not None:
            self.choose(MAX_SIDE_AT_X8_PX)

    def choose(self, side_px: int) -> Restorer:
        """Return the restorer for a face of ``side_px``.

        Raises:
            CheckpointError: There is no such model, or its file cannot be fetched or read.
            ContractError: It is a model of another kind.
            ConfigError: It has another scale than the one that was asked for.
        """
        scale = self._scale or choose_scale(side_px)
        name = self._model if self._model is not None else RELEASE_OF_SCALE[scale]
        with self._lock:
            if name not in self._loaded:
                try:
                    self._loaded[name] = self._check_scale(self._load(name), name)
                except Exception as error:
                    self.failure = error
                    raise
            return self._loaded[name]

    def _check_scale(self, restorer: Restorer, name: str | Path) -> Restorer:
        scale = restorer.hr_side // restorer.lr_side
        if self._scale is not None and scale != self._scale:
            raise ConfigError(
                f"{name} enlarges x{scale}, not x{self._scale}; leave out --scale, or name "
                "another model."
            )
        return restorer
