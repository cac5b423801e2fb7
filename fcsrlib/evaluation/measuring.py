"""Works through faces in batches, keeps every finished part, and says how far it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from fcsrlib.data.sample import Sample
from fcsrlib.errors import DataError
from fcsrlib.evaluation.faces import Faces
from fcsrlib.evaluation.part_store import Part, PartStore
from fcsrlib.evaluation.progress import Progress
from fcsrlib.evaluation.request import Say
from fcsrlib.evaluation.results import Collection

Work = Callable[[str, Mapping[int, Sample]], Part]


class Measuring:
    """The scores of an evaluation: those of an interrupted one, and what is added to them.

    Attributes:
        collection: All scores so far.
        skipped: Files that do not decode.

    Args:
        store: Holds the parts of an interrupted evaluation and takes new ones.
        total: Pairs of face and condition in all.
        say: Takes lines on how far it is.

    Raises:
        ConfigError: The store holds parts of other inputs.
    """

    def __init__(self, store: PartStore, total: int, say: Say) -> None:
        """Take up what is stored."""
        self.store = store
        self.say = say
        self.collection = Collection()
        self.skipped: list[str] = []
        for part in store.read():
            self.collection.take(part)
        if self.collection.count():
            say(f"resuming after {self.collection.count()} of {total}")
        self._progress = Progress("measured", total, self.collection.count(), say)

    def run(
        self,
        faces: Faces,
        conditions: Sequence[str],
        work: Work,
        batch_size: int,
        check: Callable[[Sample], None] = lambda sample: None,
    ) -> None:
        """Call ``work`` with every condition and every batch of faces that lacks it.

        Args:
            faces: What to measure on.
            conditions: Names of the conditions.
            work: Takes a condition's name and number → face; returns their scores.
            batch_size: Faces a batch.
            check: Called with a face of each batch before any work on it.

        Raises:
            DataError: No face could be measured.
            FCSRError: From ``work``, ``check`` or the store.
        """
        skipped: list[str] = []
        try:
            for batch in self._read_batches(faces, conditions, batch_size, skipped):
                check(next(iter(batch.values())))
                for condition in conditions:
                    self._add(condition, batch, work)
        except KeyboardInterrupt:
            count = self.collection.count()
            self.say(f"stopped after {count}; the same command continues from there")
            raise
        if len(skipped) == len(faces):
            raise DataError(f"no face could be measured on {faces.data}; none decodes.")
        for name in skipped:
            self.say(f"left out: {name} does not decode")
        self.skipped += skipped

    def _add(self, condition: str, batch: Mapping[int, Sample], work: Work) -> None:
        missing = {
            index: sample
            for index, sample in batch.items()
            if not self.collection.has(condition, index)
        }
        if missing:
            part = work(condition, missing)
            self.store.add(part)
            self.collection.take(part)
            self._progress.tell(self.collection.count())

    def _read_batches(
        self, faces: Faces, conditions: Sequence[str], batch_size: int, skipped: list[str]
    ) -> Iterator[dict[int, Sample]]:
        """Yield number → face for those with a condition left; note what does not decode."""
        for start in range(0, len(faces), batch_size):
            batch = {}
            for index in range(start, min(start + batch_size, len(faces))):
                if all(self.collection.has(one, index) for one in conditions):
                    continue
                sample = faces.read(index)
                if "name" in sample:
                    batch[index] = sample
                else:
                    skipped += sample["skipped"]
            if batch:
                yield batch
