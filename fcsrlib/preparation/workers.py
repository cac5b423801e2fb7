"""Runs one function over many pieces of work in processes that die with their parent."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from typing import Any, TypeVar

import cv2
import torch

from fcsrlib.errors import ConfigError, FCSRError

Piece = TypeVar("Piece")
Result = TypeVar("Result")

_SECONDS_BETWEEN_LOOKS = 0.5
_ENDING = (signal.SIGINT, signal.SIGTERM)
_WORKER: dict[str, Callable[[Any], Any]] = {}


def count_workers(wanted: int | None) -> int:
    """Return the number of processes: as wanted, or one for each core this process may use.

    Raises:
        ConfigError: Less than one.
    """
    if wanted is None:
        has_affinity = hasattr(os, "sched_getaffinity")
        return len(os.sched_getaffinity(0)) if has_affinity else os.cpu_count() or 1
    if wanted < 1:
        raise ConfigError(f"--workers is {wanted}; expected at least 1.")
    return wanted


def use_one_thread() -> None:
    """Let this process compute with one thread: the processes share out the cores."""
    cv2.setNumThreads(1)
    torch.set_num_threads(1)


def run_all(
    function: Callable[[Piece], Result], pieces: Sequence[Piece], workers: int
) -> Iterator[Result]:
    """Yield the results of ``function`` on ``pieces``, in the order in which they are ready.

    Args:
        function: Called in this process where ``workers`` is 1, else in forked ones (spawned
            where there is no fork: then it has to be picklable).
        pieces: Its arguments.
        workers: Number of processes.

    Raises:
        FCSRError: A process was killed, for example for want of memory.
    """
    use_one_thread()
    if workers == 1 or len(pieces) < 2:
        yield from map(function, pieces)
        return
    can_fork = "fork" in multiprocessing.get_all_start_methods()
    others = multiprocessing.active_children()
    pool = ProcessPoolExecutor(
        min(workers, len(pieces)),
        multiprocessing.get_context("fork" if can_fork else "spawn"),
        initializer=_begin,
        initargs=(function, os.getpid()),
    )
    try:
        with _put_off_signals():
            waiting = [pool.submit(_call, piece) for piece in pieces]
        for done in as_completed(waiting):
            yield done.result()
    except BrokenProcessPool as error:
        raise FCSRError(
            "a worker process was killed, perhaps for want of memory; run the same command again, "
            "with fewer --workers. What was done is kept."
        ) from error
    except BaseException:
        # What they are at is lost, but nobody waits for the end of a long piece.
        for worker in multiprocessing.active_children():
            if worker not in others:
                worker.terminate()
        raise
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


@contextmanager
def _put_off_signals() -> Iterator[None]:
    """Let Ctrl-C and SIGTERM wait: Python drops what is raised in the midst of a fork.

    Blocked, for the workers' sake, who are born with it; and noted, as any other thread of this
    process may be handed the signal, whose Python handler then runs in the main thread.
    """
    if threading.current_thread() is not threading.main_thread():
        yield  # no handler runs here
        return
    noted: list[int] = []
    handlers = {one: signal.signal(one, lambda number, _: noted.append(number)) for one in _ENDING}
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, _ENDING)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        for number, handler in handlers.items():
            signal.signal(number, handler)
        if noted:
            signal.raise_signal(noted[0])


def _begin(function: Callable[[Any], Any], parent: int) -> None:
    # Ctrl-C reaches every process of the terminal; the parent alone decides what follows from it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _ENDING)
    use_one_thread()
    _WORKER["function"] = function
    threading.Thread(target=_die_with, args=(parent,), daemon=True).start()


def _die_with(parent: int) -> None:
    """End this process when its parent is gone: a killed parent cannot tell its workers."""
    while os.getppid() == parent:
        time.sleep(_SECONDS_BETWEEN_LOOKS)
    os._exit(1)


def _call(piece: Any) -> Any:
    return _WORKER["function"](piece)
