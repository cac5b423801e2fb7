"""Restores many files: decoding, network and encoding overlap, and memory stays bounded."""

from __future__ import annotations

import queue
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from threading import Event, Lock, Thread

from fcsrlib.errors import FCSRError
from fcsrlib.inference.folder.batches import Batches, Work
from fcsrlib.inference.folder.byte_budget import ByteBudget
from fcsrlib.inference.folder.claims import Claim, claim
from fcsrlib.inference.folder.jobs import Job, make_folder
from fcsrlib.inference.folder.mask_choice import MaskChoice, NoMask
from fcsrlib.inference.folder.options import FAILED, RESTORED, SHARED, SKIPPED, JobOptions, Outcome
from fcsrlib.inference.folder.tasks import TaskMaker
from fcsrlib.inference.image_io import save_image
from fcsrlib.inference.photo.restorer import PhotoRestorer
from fcsrlib.inference.restorer_choice import RestorerChoice

_MAX_BYTES_IN_FLIGHT = 512 << 20
_PATIENCE_SECONDS = 0.05  # without an arrival, a batch goes on its way as it is


def restore_files(
    jobs: Sequence[Job],
    restorers: RestorerChoice,
    masks: MaskChoice | None = None,
    options: JobOptions | None = None,
    *,
    photos: PhotoRestorer | None = None,
    tell: Callable[[Outcome], None] = lambda outcome: None,
    is_stopped: Callable[[], bool] = lambda: False,
) -> Counter[str]:
    """Restore files and return how many ended in which state.

    What cannot be read, restored or written is an outcome and stops nothing else. Several
    processes may be given the same jobs: each file is done by one of them.

    Args:
        jobs: See :func:`~fcsrlib.inference.folder.jobs.plan_jobs`.
        restorers: Networks.
        masks: Holes; None: nothing is hidden.
        options: See :class:`JobOptions`.
        photos: Restores what is a photograph; None: with ``restorers`` and dlib.
        tell: Called with each outcome, in this thread.
        is_stopped: Asked often; once it says so, what the network has made is still written and
            the rest is left.

    Raises:
        ConfigError: Options that do not fit together, or results that cannot be written.
        CheckpointError: A network cannot be loaded.
    """
    options = options or JobOptions()
    options.check(len(jobs))
    for job in jobs[:1]:
        make_folder(job.target.parent)
    maker = TaskMaker(restorers, photos or PhotoRestorer(restorers), masks or NoMask(), options)
    return _Line(jobs, restorers, maker, options, tell, is_stopped).run()


class _Line:
    """Threads that read, this thread with the network, threads that write; queues between."""

    def __init__(
        self,
        jobs: Sequence[Job],
        restorers: RestorerChoice,
        maker: TaskMaker,
        options: JobOptions,
        tell: Callable[[Outcome], None],
        is_stopped: Callable[[], bool],
    ) -> None:
        self._jobs: Iterator[Job] = iter(jobs)
        self._restorers, self._maker, self._options = restorers, maker, options
        self._tell, self._is_stopped = tell, is_stopped
        self._started = time.time()
        self._lock = Lock()
        self._stop = Event()
        self._budget = ByteBudget(_MAX_BYTES_IN_FLIGHT)
        self._read: queue.Queue[Work | None] = queue.Queue(2 * options.num_workers)
        self._made: queue.Queue[Work | None] = queue.Queue(2 * options.num_workers)
        self._outcomes: queue.SimpleQueue[Outcome] = queue.SimpleQueue()
        self._batches = Batches(options.restore)
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
                self._budget.take(work.task.num_bytes)
                self._read.put(work)
        self._read.put(None)

    def _read_one(self, job: Job) -> Work | None:
        """Return a prepared face, or None where the job has ended with an outcome."""
        if self._is_done(job):
            self._end(job, SKIPPED)
            return None
        held: Claim | None = None
        try:
            held = claim(job.target)
            # Looked at again: another process may have finished it before we got the claim.
            if held is not None and not self._is_done(job):
                return Work(job, held, self._maker.make(job))
            self._end(job, SHARED if held is None else SKIPPED)
        except Exception as error:  # also what damaged files make libraries raise
            self._note_failure(job, error)
        if held is not None:
            held.release()
        return None

    def _note_failure(self, job: Job, error: Exception) -> None:
        """End a job; without a network no file can be restored, so all is stopped."""
        if self._restorers.failure is None:
            self._end(job, FAILED, _explain(error))
            return
        self._fatal = self._restorers.failure
        self._stop.set()

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
                self._flush()
                continue
            if work is None:
                num_readers -= 1
                continue
            self._batches.add(work)
            if work.is_made():  # none of its faces needs a network
                self._made.put(work)
            self._flush(is_patient=True)
        self._flush()

    def _flush(self, is_patient: bool = False) -> None:
        """Run the networks, or give all up once the run is stopped."""
        if self._stop.is_set():
            for work in self._batches.drop():
                self._leave(work)
            return
        for work in self._batches.run(is_patient):
            self._made.put(work)

    def _abandon(self, readers: Sequence[Thread], writers: Sequence[Thread]) -> None:
        """Let all threads end, and give up what they hold, after the network failed."""
        self._stop.set()
        while any(reader.is_alive() for reader in readers) or not self._read.empty():
            with suppress(queue.Empty):
                work = self._read.get(timeout=_PATIENCE_SECONDS)
                if work is not None:
                    self._leave(work)
        self._flush()
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
            work = self._made.get()
            if work is None:
                return
            try:
                self._end(work.job, RESTORED, self._write(work))
            except Exception as error:
                self._end(work.job, FAILED, _explain(error))
            finally:
                self._leave(work)

    def _write(self, work: Work) -> str:
        """Write the result and return the note to it."""
        finished = work.task.finish(work.list_outputs(), self._options.with_comparison)
        if finished.comparison is not None:  # first: where there is a result, all is there
            save_image(finished.comparison, work.job.comparison)
        save_image(finished.image, work.job.target)
        return finished.note

    # In any thread.

    def _leave(self, work: Work) -> None:
        work.claim.release()
        self._budget.give_back(work.task.num_bytes)

    def _end(self, job: Job, state: str, message: str = "") -> None:
        self._outcomes.put(Outcome(job, state, message))


def _explain(error: Exception) -> str:
    """Return an error as one line."""
    text = str(error) if isinstance(error, FCSRError) else f"{type(error).__name__}: {error}"
    return " ".join(text.split())
