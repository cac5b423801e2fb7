"""The face source of synthetic faces: nothing to download, every truth known."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fcsrlib.data.sample import ALIGNED_SIDE, Sample, make_sample
from fcsrlib.data.synthetic.parameters import draw_faces
from fcsrlib.data.synthetic.store import FaceStore
from fcsrlib.errors import DataError
from fcsrlib.registry import DATASETS

SPLITS = ("train", "val", "test")


@DATASETS.register_module()
class SyntheticFaces:
    """Rendered faces with 81 landmarks, eleven classes and an identity.

    Faces are rendered 64 at a time when one of them is first read, and kept (about 83 KB a face at
    side 144) in memory that forked data workers share, so training costs one rendering.

    Args:
        num_faces: Number of faces; a longer set begins with the shorter one.
        num_identities: Number of people, who take turns; None: a new person every four faces.
        seed: Seed of all draws.
        split: ``train``, ``val`` or ``test``; no two splits share a person.
        side: Side of the images in pixels.

    Raises:
        DataError: An argument is out of range, or a split of another name.
    """

    num_landmarks = 81
    num_classes = 11

    def __init__(
        self,
        num_faces: int = 2048,
        num_identities: int | None = None,
        seed: int = 0,
        split: str = "train",
        side: int = ALIGNED_SIDE,
    ) -> None:
        """Draw the parameters; nothing is rendered yet."""
        if split not in SPLITS:
            raise DataError(f"split is '{split}'; expected one of {', '.join(SPLITS)}.")
        if side < 16:
            raise DataError(f"side is {side}; expected at least 16 pixels.")
        self.split, self.side = split, side
        self._split_number = SPLITS.index(split)
        # Seeds 3 s, 3 s + 1, 3 s + 2 keep the draws of the splits apart, for every seed s.
        split_seed = seed if seed < 0 else len(SPLITS) * seed + self._split_number
        self.parameters = draw_faces(num_faces, num_identities, split_seed)
        self._store = FaceStore(self.parameters, side)

    def __len__(self) -> int:
        """Return the number of faces."""
        return len(self.parameters)

    @property
    def identities(self) -> NDArray[np.int64]:
        """Person of each face, int64 (N,); labels of different splits never meet."""
        return self.parameters.identity * len(SPLITS) + self._split_number

    def read(self, index: int) -> Sample:
        """Return face ``index`` as a sample.

        Raises:
            DataError: ``index`` is not in the set.
        """
        if not 0 <= index < len(self):
            raise DataError(f"face {index} was asked for; this source has 0 to {len(self) - 1}.")
        faces = self._store.prepare(index)
        return make_sample(
            name=f"synthetic_{self.split}_{index:06d}",
            hr_target=faces.image[index].copy(),
            landmarks=faces.landmarks[index].copy(),
            parsing=faces.parsing[index].copy(),
            identity=int(self.identities[index]),
        )
