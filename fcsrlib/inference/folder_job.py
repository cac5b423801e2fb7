"""Restores many files: decoding, network and encoding overlap, and memory stays bounded."""

from __future__ import annotations

import queue
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from threading import Event, Lock, Thread

from fcsrlib.errors import ConfigError, FCSRError
from fcsrlib.inference.byte_budget import ByteBudget
from fcsrlib.inference.claims import Claim, claim
from fcsrlib.inference.comparison import draw_comparison
from fcsrlib.inference.image_io import read_any, save_image
from fcsrlib.inference.job_files import Job
from fcsrlib.inference.job_options import FAILED, RESTORED, SHARED, SKIPPED, JobOptions, Outcome
from fcsrlib.inference.lr_input import PreparedFace, prepare_face
from fcsrlib.inference.mask_choice import MaskChoice, NoMask
from fcsrlib.inference.restored import NetworkOutput
from fcsrlib.inference.restorer import Restorer
from fcsrlib.inference.restorer_choice import RestorerChoice

_MAX_BYTES_IN_FLIGHT = 512 << 20
_PATIENCE_SECONDS = 0.05  # without an arrival, a batch goes on its way as it is


def restore_files(
    jobs: Sequence[Job],
    restorers: RestorerChoice,
    masks: MaskChoice | None = None,
    options: JobOptions | None = None,
    *,
    tell: Callable[[Outcome], None] = lambda outcome: None,
    is_stopped: Callable[[], bool] = lambda: False,
) -> Counter[str]:
    """Restore files and return how many ended in which state.

    What cannot be read, restored or written is an outcome and stops nothing else. Several
    processes may be given the same jobs: each file is done by one of them.

    Args:
        jobs: See :func:`~fcsrlib.inference.job_files.plan_jobs`.
        restorers: Networks.
        masks: Holes; None: nothing is hidden.
        options: See :class:`JobOptions`.
        tell: Called with each outcome, in this thread.
        is_stopped: Asked often; once it says so, what the network has made is still written and
            the rest is left.

    Raises:
        ConfigError: A number of threads below 1.
        CheckpointError: A network cannot be loaded.
    """
    options = options or JobOptions()
    if options.num_workers < 1:
        raise ConfigError(f"{options.num_workers} workers; expected at least 1.")
    return _Line(jobs, restorers, masks or NoMask(), options, tell, is_stopped).run()


@dataclass
class _Work:
    """A face on its way."""

    job: Job
    claim: Claim
    restorer: Restorer
    face: PreparedFace
    num_bytes: int


class _Line:
    """Threads that read, this thread with the network, threads that write; queues between."""

    def __init__(
        self,
        jobs: Sequence[Job],
        restorers: RestorerChoice,
        masks: MaskChoice,
        options: JobOptions,
        tell: Callable[[Outcome], None],
        is_stopped: Callable[[], bool],
    ) -> None:
        self._jobs: Iterator[Job] = iter(jobs)
        self._restorers, self._masks, self._options = restorers, masks, options
        self._tell, self._is_stopped = tell, is_stopped
        self._started = time.time()
        self._lock = Lock()
        self._stop = Event()
        self._budget = ByteBudget(_MAX_BYTES_IN_FLIGHT)
        self._read: queue.Queue[_Work | None] = queue.Queue(2 * options.num_workers)
        self._made: queue.Queue[tuple[_Work, NetworkOutput] | None]
        self._made = queue.Queue(2 * options.num_workers)
        self._outcomes: queue.SimpleQueue[Outcome] = queue.SimpleQueue()
        self._pending: dict[Restorer, list[_Work]] = {}
        self._fatal: Exception | None = None
        self._counts: Counter[str] = Counter()

    def run(self) -> Counter[str]:
        """Do all jobs."""
        readers = self._start(self._read_all)
        writers = self._start(self._write_all)
        try:
            self._restore_all(len(readers))
        except Exception:
            self._abandon(readers, writers)
            raise
        for _ in writers:
            self._made.put(None)
        while any(writer.is_alive() for writer in writers):
            self._report(wait=True)
        self._report()
        if self._fatal is not None:
            raise self._fatal
        return self._counts

    def _start(self, target: Callable[[], None]) -> list[Thread]:
        # Daemons: where this thread dies of an error or a second Ctrl-C, nobody waits for them.
        threads = [Thread(target=target, daemon=True) for _ in range(self._options.num_workers)]
        for thread in threads:
            thread.start()
        return threads

    # In the threads that read.

    def _read_all(self) -> None:
        while not self._stop.is_set():
            with self._lock:
                job = next(self._jobs, None)
            if job is None:
                break
            work = self._read_one(job)
            if work is not None:
                self._budget.take(work.num_bytes)
                self._read.put(work)
        self._read.put(None)

    def _read_one(self, job: Job) -> _Work | None:
        """Return a prepared face, or None where the job has ended with an outcome."""
        if self._is_done(job):
            self._end(job, SKIPPED)
            return None
        held: Claim | None = None
        try:
            held = claim(job.target)
            # Looked at again: another process may have finished it before we got the claim.
            if held is not None and not self._is_done(job):
                return self._prepare(job, held)
            self._end(job, SHARED if held is None else SKIPPED)
        except Exception as error:  # also what damaged files make libraries raise
            self._end(job, FAILED, _explain(error))
        if held is not None:
            held.release()
        return None

    def _prepare(self, job: Job, held: Claim) -> _Work | None:
        found = read_any(job.source)
        restorer = self._choose(min(found.pixels.shape[:2]))
        if restorer is None:
            held.release()
            return None
        mask = self._masks.find(job.name, found.pixels)
        face = prepare_face(found, mask, restorer.lr_side)
        num_bytes = face.square.nbytes + (0 if face.hole is None else face.hole.nbytes)
        return _Work(job, held, restorer, face, num_bytes)

    def _choose(self, side_px: int) -> Restorer | None:
        """Return the restorer; without one no file can be restored, so all is stopped."""
        try:
            return self._restorers.choose(side_px)
        except Exception as error:
            self._fatal = error
            self._stop.set()
            return None

    def _is_done(self, job: Job) -> bool:
        """Tell whether the result is there; a forced run replaces what is older than itself."""
        if not job.target.exists():
            return False
        return not self._options.is_forced or job.target.stat().st_mtime >= self._started

    # In the thread that called.

    def _restore_all(self, num_readers: int) -> None:
        while num_readers:
            self._report()
            if self._is_stopped():
                self._stop.set()
            try:
                work = self._read.get(timeout=_PATIENCE_SECONDS)
            except queue.Empty:
                self._flush(1)
                continue
            if work is None:
                num_readers -= 1
            else:
                self._pending.setdefault(work.restorer, []).append(work)
                self._flush(work.restorer.batch_size)
        self._flush(1)

    def _flush(self, least: int) -> None:
        """Run the network on each batch of at least ``least`` faces."""
        for restorer, works in self._pending.items():
            if self._stop.is_set():
                for work in works:
                    self._leave(work)
                works.clear()
            elif len(works) >= least:
                faces = [work.face for work in works]
                outputs = restorer.run(faces, self._options.restore)
                for pair in zip(works, outputs, strict=True):
                    self._made.put(pair)
                works.clear()

    def _abandon(self, readers: Sequence[Thread], writers: Sequence[Thread]) -> None:
        """Let all threads end, and give up what they hold, after the network failed."""
        self._stop.set()
        while any(reader.is_alive() for reader in readers) or not self._read.empty():
            with suppress(queue.Empty):
                work = self._read.get(timeout=_PATIENCE_SECONDS)
                if work is not None:
                    self._leave(work)
        self._flush(1)
        for _ in writers:
            self._made.put(None)

    def _report(self, wait: bool = False) -> None:
        """Tell the outcomes so far; with ``wait``, wait a moment for one."""
        with suppress(queue.Empty):
            while True:
                outcome = self._outcomes.get(wait, _PATIENCE_SECONDS)
                self._counts[outcome.state] += 1
                self._tell(outcome)

    # In the threads that write.

    def _write_all(self) -> None:
        while True:
            made = self._made.get()
            if made is None:
                return
            work, output = made
            try:
                self._write(work, output)
                note = work.restorer.tell(work.face, self._options.restore)
                self._end(work.job, RESTORED, note)
            except Exception as error:
                self._end(work.job, FAILED, _explain(error))
            finally:
                self._leave(work)

    def _write(self, work: _Work, output: NetworkOutput) -> None:
        result = work.restorer.finish(work.face, output, self._options.restore)
        if self._options.with_comparison:  # first: where there is a result, all is there
            save_image(draw_comparison(work.face, result), work.job.comparison)
        save_image(result, work.job.target)

    # In any thread.

    def _leave(self, work: _Work) -> None:
        work.claim.release()
        self._budget.give_back(work.num_bytes)

    def _end(self, job: Job, state: str, message: str = "") -> None:
        self._outcomes.put(Outcome(job, state, message))


def _explain(error: Exception) -> str:
    """Return an error as one line."""
    text = str(error) if isinstance(error, FCSRError) else f"{type(error).__name__}: {error}"
    return " ".join(text.split())
