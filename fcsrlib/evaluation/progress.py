"""Says every ten seconds how far something long is."""

from __future__ import annotations

import time

from fcsrlib.evaluation.request import Say

SECONDS_BETWEEN_LINES = 10.0


class Progress:
    """Tells how much is done and how long the rest will take.

    Args:
        what: What a line begins with, for example ``measured``.
        total: Steps in all.
        done: Steps done before; they do not count for the rate.
        say: Takes the lines.
    """

    def __init__(self, what: str, total: int, done: int, say: Say) -> None:
        """Start the clock."""
        self.what, self.total, self.begun_with, self.say = what, total, done, say
        self.start = self.last = time.monotonic()

    def tell(self, done: int) -> None:
        """Say how far it is, if the last line is old enough."""
        now = time.monotonic()
        if now - self.last >= SECONDS_BETWEEN_LINES and done > self.begun_with:
            self.last = now
            left = (now - self.start) / (done - self.begun_with) * (self.total - done)
            self.say(f"{self.what} {done} of {self.total}, {left:.0f} s left")
