"""How files are restored, and what became of each."""

from __future__ import annotations

from dataclasses import dataclass, field

from fcsrlib.inference.job_files import Job
from fcsrlib.inference.restored import RestoreOptions

RESTORED, SKIPPED, SHARED, FAILED = "restored", "skipped", "shared", "failed"
MAX_BATCH_SIZE = 256
"""Each face in flight holds an open file, and systems allow about a thousand."""


@dataclass(frozen=True)
class JobOptions:
    """How files are restored.

    Attributes:
        restore: What a restored face shall be true to.
        is_forced: Whether existing results are replaced.
        with_comparison: Whether input, hole and result are also drawn side by side.
        num_workers: Threads that decode, and as many that encode.
    """

    restore: RestoreOptions = field(default_factory=RestoreOptions)
    is_forced: bool = False
    with_comparison: bool = False
    num_workers: int = 2


@dataclass(frozen=True)
class Outcome:
    """What became of one job.

    Attributes:
        job: The job.
        state: ``restored``; ``skipped``, its result was there; ``shared``, another process is at
            it; or ``failed``.
        message: Why it failed, or what had to be decided; one line.
    """

    job: Job
    state: str
    message: str = ""
