"""Faces with holes on which an 8-bit network learns the ranges of its values, and is measured."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from fcsrlib.data.image_files import list_images
from fcsrlib.data.sample import FACE_SIDE
from fcsrlib.data.synthetic import SyntheticFaces
from fcsrlib.degradation.holes import rectangle
from fcsrlib.errors import DataError
from fcsrlib.inference.image_io import read_any
from fcsrlib.inference.lr_input import make_lr, prepare_face
from fcsrlib.inference.onnx.ports import Exportable

MIN_FACES = 8
MAX_FACES = 128

_BATCH = 32  # few calls: ONNX Runtime's calibration takes all threads, which wait for each other
_HELD_OUT_EVERY = 4
_SEED = 0


@dataclass(frozen=True)
class FaceInputs:
    """Faces as an exported network takes them.

    Attributes:
        inputs: In the order of :attr:`Exportable.inputs`, each (N, C, H, W).
        hr_target: The faces themselves, (N, 3, 128, 128) in [0, 1].
    """

    inputs: tuple[Tensor, ...]
    hr_target: Tensor

    def split(self) -> tuple[FaceInputs, FaceInputs]:
        """Return three quarters to learn from, and every fourth face to measure on."""
        is_held_out = torch.arange(len(self.hr_target)) % _HELD_OUT_EVERY == 0
        return self._choose(~is_held_out), self._choose(is_held_out)

    def make_batches(self) -> Iterator[tuple[Tensor, ...]]:
        """Yield the inputs, some faces at once."""
        yield from zip(*(one.split(_BATCH) for one in self.inputs), strict=True)

    def _choose(self, chosen: Tensor) -> FaceInputs:
        return FaceInputs(tuple(one[chosen] for one in self.inputs), self.hr_target[chosen])


def draw_face_inputs(exportable: Exportable) -> FaceInputs:
    """Return the inputs of rendered faces under drawn rectangles; always the same."""
    source = SyntheticFaces(num_faces=MAX_FACES, side=FACE_SIDE)
    return _prepare([source.read(index)["hr_target"] for index in range(len(source))], exportable)


def read_face_inputs(folder: str | Path, exportable: Exportable) -> FaceInputs:
    """Return the inputs of aligned faces of a folder under drawn rectangles.

    Of more than 128 images, 128 are taken, evenly over the sorted names.

    Raises:
        DataError: No such folder, or less than 8 images in it.
        UndecodableImageError: An image is damaged.
    """
    names = list_images(Path(folder))
    if len(names) < MIN_FACES:
        raise DataError(
            f"{folder} has {len(names)} images; expected at least {MIN_FACES} aligned faces, "
            "better a hundred."
        )
    chosen = np.linspace(0, len(names) - 1, min(len(names), MAX_FACES)).round().astype(int)
    found = (read_any(Path(folder, names[index])) for index in chosen)
    return _prepare([prepare_face(one, None, FACE_SIDE).square for one in found], exportable)


def _prepare(squares: Sequence[NDArray[np.uint8]], exportable: Exportable) -> FaceInputs:
    hr_target = torch.stack([make_lr(one, None, FACE_SIDE)[0] for one in squares])
    if exportable.kind != "generator":
        return FaceInputs((hr_target,), hr_target)
    side = exportable.inputs["lr_masked"][1]
    rng = np.random.default_rng(_SEED)
    holes = np.stack([rectangle(rng, side) for _ in squares])
    hole_mask = torch.from_numpy(holes).float()[:, None]
    lr = torch.stack([make_lr(one, None, side)[0] for one in squares])
    return FaceInputs((lr * (1 - hole_mask), hole_mask), hr_target)
