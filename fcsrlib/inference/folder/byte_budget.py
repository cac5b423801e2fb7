"""Bounds the bytes that threads hold together."""

from __future__ import annotations

from threading import Condition


class ByteBudget:
    """Lets threads take bytes while some are left; one image of any size always passes.

    Attributes:
        used: Bytes that are taken.

    Args:
        limit: Most of them, where more than one image has taken some.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self.used = 0
        self._changed = Condition()

    def take(self, count: int) -> None:
        """Take ``count`` bytes, when they are left."""
        with self._changed:
            self._changed.wait_for(lambda: not self.used or self.used + count <= self._limit)
            self.used += count

    def give_back(self, count: int) -> None:
        """Give back bytes that were taken."""
        with self._changed:
            self.used -= count
            self._changed.notify_all()
