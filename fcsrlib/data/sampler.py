"""Says which face comes next, on which rank and with which random draw."""

from __future__ import annotations

from collections.abc import Iterator, Sized

import numpy as np
from mmengine.dist import get_dist_info
from torch.utils.data import Sampler

from fcsrlib.data.dataset import SampleKey
from fcsrlib.errors import ConfigError, DataError
from fcsrlib.registry import DATA_SAMPLERS

TRAINING_DRAWS = 1 << 40
"""First draw of training: evaluation's draws are indices, far below."""


@DATA_SAMPLERS.register_module()
class FaceSampler(Sampler[SampleKey]):
    """Deals one sequence of keys out to the ranks in turn.

    Endless (training): position ``p`` of the sequence is face ``p % N`` of epoch ``p // N``,
    each epoch in an order of its own that follows from seed and epoch. Its draw is
    ``TRAINING_DRAWS + p``. Otherwise (evaluation): every face once, with its index as its draw;
    no face is repeated to even out the ranks, so their shares may differ by one.

    Attributes:
        start: Position at which iteration begins. Set it to ``iteration * global_batch_size`` to
            resume; the cost does not grow with it.

    Args:
        dataset: Anything with a length.
        shuffle: Mix the order; False keeps the source's.
        endless: Begin a new epoch after the last face.
        seed: Seed of the order; MMEngine hands its own over. None is 0.
        start: Position at which iteration begins.

    Raises:
        ConfigError: A negative ``start``.
        DataError: An empty data set.
    """

    def __init__(
        self,
        dataset: Sized,
        shuffle: bool = True,
        endless: bool = True,
        seed: int | None = 0,
        start: int = 0,
    ) -> None:
        """Note the rank and the number of processes."""
        if start < 0:
            raise ConfigError(f"FaceSampler: start is {start}; expected at least 0.")
        if not len(dataset):
            raise DataError("FaceSampler: the data set is empty; expected at least one face.")
        self.num_faces = len(dataset)
        self.shuffle = shuffle
        self.endless = endless
        self.seed = seed or 0
        self.start = start
        self.rank, self.world_size = get_dist_info()

    def __iter__(self) -> Iterator[SampleKey]:
        """Yield this rank's keys from ``start`` on."""
        position, epoch = self.start + self.rank, -1
        while self.endless or position < self.num_faces:
            if position // self.num_faces != epoch:
                epoch = position // self.num_faces
                order = self._order_epoch(epoch)
            index = int(order[position % self.num_faces])
            yield SampleKey(index, TRAINING_DRAWS + position if self.endless else index)
            position += self.world_size

    def __len__(self) -> int:
        """Return this rank's number of keys: of one epoch where endless, else of what is left."""
        left = self.num_faces if self.endless else max(self.num_faces - self.start, 0)
        return max(-(-(left - self.rank) // self.world_size), 0)

    def _order_epoch(self, epoch: int) -> np.ndarray:
        if not self.shuffle:
            return np.arange(self.num_faces)
        return np.random.default_rng([self.seed, epoch]).permutation(self.num_faces)
