"""``fcsr restore``: restores aligned faces and photographs, single files or whole folders."""

from __future__ import annotations

import argparse
import os
import re
import sys
import time
from collections import Counter
from typing import TYPE_CHECKING, Any

from fcsrlib.cli.errors import EXIT_SOME_FAILED
from fcsrlib.cli.machine import tune_process
from fcsrlib.errors import ConfigError

if TYPE_CHECKING:
    from fcsrlib.inference.folder.options import JobOptions, Outcome
    from fcsrlib.inference.restorer_choice import RestorerChoice

_MAX_WORKERS = 4
_LINE_SECONDS = 10.0
_BAR_SECONDS = 0.2
_MOST_NOTES = 8
_ALL_WENT_WELL = re.compile(r"(\d+) of \1 faces? restored")


def add_parser(commands: Any) -> None:
    """Add this subcommand to ``fcsr``."""
    parser = commands.add_parser("restore", help="restore faces", description=__doc__)
    add = parser.add_argument
    add(
        "inputs",
        nargs="+",
        metavar="IN",
        help="images, folders or globs; up to 256 px they are aligned faces, above photographs",
    )
    add("-o", "--out", required=True, help="folder of the results; for one image also its file")
    add("--mask", help="what is hidden: a file, a folder, color:#RRGGBB[:TOLERANCE] or auto")
    kind = parser.add_mutually_exclusive_group()
    kind.add_argument("--aligned", action="store_true", help="all are crops of aligned faces")
    kind.add_argument("--photo", action="store_true", help="all are photographs")
    add("--enlarge", type=int, default=1, choices=(1, 2, 4, 8), help="enlarge photographs")
    add(
        "--detector",
        default="auto",
        choices=("auto", "hog", "cnn"),
        help="finds the faces of photographs (default %(default)s: hog and cnn)",
    )
    add(
        "--eyes",
        action="append",
        metavar="X,Y,X,Y",
        help="both eyes of a face of one photograph; repeatable",
    )
    add("--scale", type=int, choices=(4, 8), help="enlargement; default by the image's size")
    add("--model", help="released model or release file; default swift_x4 or swift_x8 by scale")
    add("--device", help="for example cpu or cuda:1; default cuda where there is one")
    add("--batch-size", type=int, default=16, help="faces at once, up to 256 (default %(default)s)")
    add("--no-keep-detail", action="store_true", help="the network's own 128x128 face throughout")
    add("--compare", action="store_true", help="also draw input, hole and result side by side")
    add("--force", action="store_true", help="replace results that are there")
    add(
        "--workers",
        type=int,
        help="threads that decode, and as many that encode (default: the cores, at most 4)",
    )
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Restore what the command line names; return 3 where some images failed."""
    tune_process()
    from fcsrlib.engine.interruption import catch_stop_requests
    from fcsrlib.inference.folder.jobs import plan_jobs, start_apart
    from fcsrlib.inference.folder.mask_choice import parse_mask
    from fcsrlib.inference.folder.restore import restore_files
    from fcsrlib.inference.photo.restorer import PhotoRestorer

    jobs = start_apart(plan_jobs(options.inputs, options.out), *_read_share())
    masks, restorers, how = parse_mask(options.mask), _choose_restorers(options), _read(options)
    restorers.check()
    photos = PhotoRestorer(restorers, detector=options.detector)
    progress = _Progress(len(jobs))
    with catch_stop_requests() as request:
        counts = restore_files(
            jobs,
            restorers,
            masks,
            how,
            photos=photos,
            tell=progress.note,
            is_stopped=lambda: request.is_asked,
        )
    progress.end(counts)
    if request.is_asked:
        raise KeyboardInterrupt
    return EXIT_SOME_FAILED if counts["failed"] else 0


def _choose_restorers(options: argparse.Namespace) -> RestorerChoice:
    from fcsrlib.inference.folder.options import MAX_BATCH_SIZE
    from fcsrlib.inference.precision import choose_device
    from fcsrlib.inference.restorer import Restorer
    from fcsrlib.inference.restorer_choice import RestorerChoice

    size = options.batch_size
    if not 1 <= size <= MAX_BATCH_SIZE:
        raise ConfigError(f"--batch-size is {size}; expected 1 to {MAX_BATCH_SIZE}.")
    device = choose_device(options.device or _name_own_gpu())
    return RestorerChoice(
        lambda name: Restorer.from_pretrained(name, device=device, batch_size=size),
        options.model,
        options.scale,
    )


def _read_share() -> tuple[int, int]:
    """Return which process this is and of how many, as torchrun says."""
    return int(os.environ.get("RANK", 0)), int(os.environ.get("WORLD_SIZE", 1))


def _name_own_gpu() -> str | None:
    """Return the GPU of this one of torchrun's processes; None where there is no choice."""
    import torch

    rank = os.environ.get("LOCAL_RANK")
    return f"cuda:{rank}" if rank and torch.cuda.is_available() else None


def _read(options: argparse.Namespace) -> JobOptions:
    from fcsrlib.inference.folder.options import JobOptions
    from fcsrlib.inference.restored import RestoreOptions

    workers = options.workers
    if workers is None:
        workers = min(_MAX_WORKERS, os.cpu_count() or 1)
    return JobOptions(
        restore=RestoreOptions(keep_detail=not options.no_keep_detail),
        is_forced=options.force,
        with_comparison=options.compare,
        num_workers=workers,
        kind=_read_kind(options),
        enlarge=options.enlarge,
        eyes=tuple(map(_read_eyes, options.eyes)) if options.eyes else None,
    )


def _read_kind(options: argparse.Namespace) -> str:
    if options.aligned:
        return "aligned"
    return "photo" if options.photo or options.eyes else "auto"


def _read_eyes(text: str) -> tuple[float, ...]:
    try:
        eyes = tuple(map(float, text.split(",")))
    except ValueError:
        eyes = ()
    if len(eyes) != 4:
        raise ConfigError(
            f"--eyes is '{text}'; expected X,Y,X,Y in pixels, such as 200,112,245,114."
        )
    return eyes


class _Progress:
    """Tells how far a run is: one changing line on a terminal, now and then a line elsewhere."""

    def __init__(self, total: int) -> None:
        self._total = total
        self._counts: Counter[str] = Counter()
        self._notes: Counter[str] = Counter()
        self._started = self._told = time.monotonic()
        self._is_terminal = sys.stderr.isatty()

    def note(self, outcome: Outcome) -> None:
        """Count an outcome; name a failed image at once, what was decided of others at the end."""
        self._counts[outcome.state] += 1
        if outcome.state == "failed":
            self._print(f"failed: {outcome.job.source}: {outcome.message}")
        elif outcome.message and self._total == 1:
            self._print(f"note: {outcome.message}")
        elif outcome.message:
            told = outcome.message.split("; ")
            self._notes.update(text for text in told if not _ALL_WENT_WELL.fullmatch(text))
        now = time.monotonic()
        if now - self._told >= (_BAR_SECONDS if self._is_terminal else _LINE_SECONDS):
            self._told = now
            self._print(self._describe(now), passing=True)

    def end(self, counts: Counter[str]) -> None:
        """Print the sum of all."""
        seconds = time.monotonic() - self._started
        words = {
            "restored": "restored",
            "skipped": "skipped as done (--force replaces them)",
            "shared": "left to another process",
            "failed": "failed",
        }
        for text, count in self._notes.most_common(_MOST_NOTES):
            self._print(f"note: {count} of {self._total}: {text}")
        told = [f"{counts[state]} {text}" for state, text in words.items() if counts[state]]
        left = self._total - sum(counts.values())
        told += [f"{left} left"] if left else []
        self._print(f"{', '.join(told)} in {_say_time(seconds)}")

    def _describe(self, now: float) -> str:
        done = sum(self._counts.values())
        worked = self._counts["restored"] + self._counts["failed"]
        rate = worked / (now - self._started)
        left = _say_time((self._total - done) / rate) if rate else "?"
        return f"{done}/{self._total}, {rate:.1f} images/s, {left} left"

    def _print(self, line: str, passing: bool = False) -> None:
        if not self._is_terminal:
            print(line, file=sys.stderr)
        else:
            print(f"\r\x1b[K{line}", end="" if passing else "\n", file=sys.stderr, flush=True)


def _say_time(seconds: float) -> str:
    """Return seconds as for example ``42 s``, ``3:05`` or ``1:02:03``."""
    if seconds < 60:
        return f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
