"""Says how far the work on many images is, how fast it goes and when it will be done."""

from __future__ import annotations

import time
from collections.abc import Callable

Say = Callable[[str], None]

SECONDS_BETWEEN_LINES = 5.0
CELEBA_TRAIN = 162_770


class Progress:
    """Counts images, and says every few seconds how many a second and how long the rest takes.

    Args:
        what: What is done, for example ``packed train``.
        total: Images in all.
        workers: Processes at work, for the rate of one.
        say: Takes the lines.
    """

    def __init__(self, what: str, total: int, workers: int, say: Say) -> None:
        """Start the clock."""
        self.what, self.total, self.workers, self.say = what, total, workers, say
        self.count = self.resumed = 0
        self.start = self.last = time.monotonic()

    def skip(self, count: int) -> None:
        """Count images that an earlier run has done."""
        self.count += count
        self.resumed += count

    def add(self, count: int) -> None:
        """Count images that are done now, and say how far it is if the last line is old enough."""
        self.count += count
        now = time.monotonic()
        if now - self.last >= SECONDS_BETWEEN_LINES:
            self.last = now
            self.say(self._tell(now))

    def finish(self) -> None:
        """Say how fast it was, and how long CelebA's training part would take."""
        seconds = time.monotonic() - self.start
        done = self.count - self.resumed
        line = f"{self.what}: {self.count} images"
        if self.resumed:
            line += f", {self.resumed} of them by an earlier run"
        if done and seconds > 0:
            line += (
                f"; {_rate(done / seconds, self.workers)}; {CELEBA_TRAIN} would take "
                f"{_duration(CELEBA_TRAIN * seconds / done)}"
            )
        self.say(line)

    def _tell(self, now: float) -> str:
        rate = (self.count - self.resumed) / max(now - self.start, 1e-9)
        left = _duration((self.total - self.count) / rate) if rate else "unknown time"
        return f"{self.what} {self.count} of {self.total}, {_rate(rate, self.workers)}, {left} left"


def _rate(rate: float, workers: int) -> str:
    """Lay a rate out.

    >>> _rate(800, 2)
    '800 images/s (400 a process)'
    """
    return f"{rate:.0f} images/s ({rate / workers:.0f} a process)"


def _duration(seconds: float) -> str:
    """Lay a duration out.

    >>> _duration(40), _duration(600), _duration(9000)
    ('40 s', '10 min', '2.5 h')
    """
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
