"""Memory for rendered faces that forked data workers fill together."""

from __future__ import annotations

import mmap

import numpy as np
from numpy.typing import DTypeLike, NDArray

from fcsrlib.data.synthetic.parameters import FaceParameters
from fcsrlib.data.synthetic.renderer import RenderedFaces, render_faces

RENDER_AT_ONCE = 64


class FaceStore:
    """Faces rendered 64 at a time when one of them is first asked for, and kept.

    The arrays lie in anonymous shared memory: what one forked worker renders, all others and the
    next epoch's workers find. Two workers may render the same faces at once; they write the same
    bytes. Pages are taken from the system only when written.

    Args:
        parameters: The faces.
        side: Side of the images in pixels.
    """

    def __init__(self, parameters: FaceParameters, side: int) -> None:
        """Reserve the memory; nothing is rendered yet."""
        self.parameters, self.side = parameters, side
        count = len(parameters)
        self.faces = RenderedFaces(
            _share((count, side, side, 3), np.uint8),
            _share((count, 81, 2), np.float32),
            _share((count, side, side), np.uint8),
            parameters.identity,
        )
        self.is_rendered = _share((-(-count // RENDER_AT_ONCE),), np.uint8)

    def __reduce__(self) -> tuple[type[FaceStore], tuple[FaceParameters, int]]:
        """Pickle the parameters alone: a spawned process renders for itself."""
        return FaceStore, (self.parameters, self.side)

    def prepare(self, index: int) -> RenderedFaces:
        """Return all faces, of which face ``index`` is rendered."""
        block = index // RENDER_AT_ONCE
        if not self.is_rendered[block]:
            chosen = slice(block * RENDER_AT_ONCE, (block + 1) * RENDER_AT_ONCE)
            rendered = render_faces(self.parameters.take(chosen), self.side)
            self.faces.image[chosen] = rendered.image
            self.faces.landmarks[chosen] = rendered.landmarks
            self.faces.parsing[chosen] = rendered.parsing
            self.is_rendered[block] = 1
        return self.faces


def _share(shape: tuple[int, ...], kind: DTypeLike) -> NDArray:
    """Return zeros in memory that stays shared after a fork, outside the limits of /dev/shm."""
    count = int(np.prod(shape))
    memory = mmap.mmap(-1, count * np.dtype(kind).itemsize)
    return np.frombuffer(memory, kind, count).reshape(shape)
