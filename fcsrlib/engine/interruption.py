"""Lets a run finish its iteration and save when it is asked to stop."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

import torch
from mmengine.dist import all_reduce, get_world_size

_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_PATIENCE_SECONDS = 1.0


class StopRequest:
    """Whether somebody asked the run to stop."""

    def __init__(self) -> None:
        self._is_asked = False
        self._asked_at = 0.0

    def ask(self, number: int, frame: FrameType | None) -> None:
        """Note the first signal; at a second one, a second later or more, stop at once.

        A Ctrl-C under torchrun reaches a process twice within milliseconds: from the terminal and
        from torchrun, which passes it on.
        """
        if not self._is_asked:
            self._asked_at = time.monotonic()
        elif time.monotonic() - self._asked_at >= _PATIENCE_SECONDS:
            raise KeyboardInterrupt
        self._is_asked = True

    @property
    def is_asked(self) -> bool:
        """Whether this process was asked."""
        return self._is_asked

    def is_agreed(self, device: torch.device) -> bool:
        """Tell whether any process was asked, so that all stop at the same iteration."""
        if get_world_size() == 1:
            return self._is_asked
        votes = torch.tensor([float(self._is_asked)], device=device)
        all_reduce(votes, "max")
        return bool(votes.item())


def end_quietly(number: int, then: Callable[[int], None] | None = None) -> None:
    """Let data worker ``number`` ignore SIGINT, and end with success at SIGTERM.

    By torch's own handling a worker dies of a SIGTERM that its whole group was sent, and that
    death raises an error in the run in the middle of an iteration or of a checkpoint.

    Args:
        number: Number of the worker.
        then: Whatever else shall be called at its start.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    if then is not None:
        then(number)


@contextmanager
def catch_stop_requests() -> Iterator[StopRequest]:
    """Turn SIGINT and SIGTERM into a request, in the main thread; elsewhere do nothing."""
    request = StopRequest()
    if threading.current_thread() is not threading.main_thread():
        yield request
        return
    previous = {number: signal.signal(number, request.ask) for number in _SIGNALS}
    try:
        yield request
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
