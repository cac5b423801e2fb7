"""Collects the faces of many files into batches for their networks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from fcsrlib.inference.folder.claims import Claim
from fcsrlib.inference.folder.jobs import Job
from fcsrlib.inference.folder.tasks import Task
from fcsrlib.inference.restored import NetworkOutput, RestoreOptions
from fcsrlib.inference.restorer import Restorer


@dataclass(eq=False)
class Work:
    """A file on its way.

    Attributes:
        job: Where it comes from and goes to.
        claim: The right to write it.
        task: What is done with it.
        outputs: What the networks have made of it, by the place of the face.
    """

    job: Job
    claim: Claim
    task: Task
    outputs: dict[int, NetworkOutput] = field(default_factory=dict)

    def is_made(self) -> bool:
        """Tell whether the networks have made all of its faces."""
        return len(self.outputs) == len(self.task.faces)

    def list_outputs(self) -> list[NetworkOutput]:
        """Return what the networks made, in the order of the faces."""
        return [self.outputs[place] for place in range(len(self.task.faces))]


class Batches:
    """Faces that wait for their networks.

    Args:
        options: What the faces of aligned crops shall be true to.
    """

    def __init__(self, options: RestoreOptions) -> None:
        self._options = options
        self._waiting: dict[Restorer, list[tuple[Work, int]]] = {}

    def add(self, work: Work) -> None:
        """Let the faces of ``work`` wait."""
        for place, (restorer, _) in enumerate(work.task.faces):
            self._waiting.setdefault(restorer, []).append((work, place))

    def run(self, is_patient: bool) -> Iterator[Work]:
        """Run the networks and yield each file whose faces are then all made.

        Args:
            is_patient: Whether only networks run that have a whole batch.
        """
        for restorer, waiting in self._waiting.items():
            if len(waiting) < (restorer.batch_size if is_patient else 1):
                continue
            faces = [work.task.faces[place][1] for work, place in waiting]
            outputs = restorer.run(faces, self._options)
            for (work, place), output in zip(waiting, outputs, strict=True):
                work.outputs[place] = output
            works = dict.fromkeys(work for work, _ in waiting)
            waiting.clear()
            yield from (work for work in works if work.is_made())

    def drop(self) -> list[Work]:
        """Forget all faces and return their files."""
        works = dict.fromkeys(work for waiting in self._waiting.values() for work, _ in waiting)
        self._waiting.clear()
        return list(works)
