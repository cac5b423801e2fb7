"""How files are restored, and what became of each."""

from __future__ import annotations

from dataclasses import dataclass, field

from fcsrlib.errors import ConfigError
from fcsrlib.inference.folder.jobs import Job
from fcsrlib.inference.restored import RestoreOptions

RESTORED, SKIPPED, SHARED, FAILED = "restored", "skipped", "shared", "failed"
MAX_BATCH_SIZE = 256
"""Each face in flight holds an open file, and systems allow about a thousand."""
KINDS = ("auto", "aligned", "photo")
MAX_CROP_PX = 256
"""With kind ``auto``, images with a longer side are photographs."""


@dataclass(frozen=True)
class JobOptions:
    """How files are restored.

    Attributes:
        restore: What a restored face shall be true to.
        is_forced: Whether existing results are replaced.
        with_comparison: Whether input, hole and result are also drawn side by side.
        num_workers: Threads that decode, and as many that encode.
        kind: What the images are: ``aligned`` faces, ``photo``, or ``auto``: by their size.
        enlarge: How many times larger photographs become.
        eyes: Eyes of the faces of a single photograph, x, y of both in pixels; None: found.
    """

    restore: RestoreOptions = field(default_factory=RestoreOptions)
    is_forced: bool = False
    with_comparison: bool = False
    num_workers: int = 2
    kind: str = "auto"
    enlarge: int = 1
    eyes: tuple[tuple[float, ...], ...] | None = None

    def check(self, num_jobs: int) -> None:
        """Check that the options fit together and suit ``num_jobs`` images.

        Raises:
            ConfigError: They do not.
        """
        if self.num_workers < 1:
            raise ConfigError(f"{self.num_workers} workers; expected at least 1.")
        if self.kind not in KINDS:
            raise ConfigError(f"kind is {self.kind!r}; expected one of {', '.join(KINDS)}.")
        if self.kind == "aligned" and (self.enlarge != 1 or self.eyes is not None):
            raise ConfigError(
                "--enlarge and --eyes are for photographs; leave them out, or leave out --aligned."
            )
        if self.eyes is not None and num_jobs != 1:
            raise ConfigError(f"--eyes is given for {num_jobs} images; expected one photograph.")


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
