"""From raw photographs to training-ready data: python tools/prepare_data.py COMMAND --help."""

from __future__ import annotations

import argparse
import signal
import sys
from collections.abc import Callable
from typing import Any

from fcsrlib.cli.tool import run_tool

SPLITS = ("train", "val", "test")
COMMANDS = {
    "check": "look a data set through, and say what to mend",
    "align": "move the faces of photographs to CelebA's place",
    "landmarks": "find landmarks by a trained face prior",
    "parsing": "find face parts by a trained face prior",
    "pack": "put each split into one file that is read fast",
    "preview": "draw faces and what is known of them",
}


def parse_arguments() -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    parsers = {
        name: commands.add_parser(name, help=text, description=f"{text[0].upper()}{text[1:]}.")
        for name, text in COMMANDS.items()
    }
    for name, one in parsers.items():
        one.add_argument("source", help="folder of a data set, in any layout of docs/data.md")
        if name not in ("check", "preview"):
            one.add_argument("out", help="folder to write")
        if name != "preview":
            _add_shared(one)
        one.add_argument("--debug", action="store_true", help="show tracebacks")
    for name in ("landmarks", "parsing"):
        _add_labelling(parsers[name])
    parsers["pack"].add_argument(
        "--codec", choices=("raw", "png", "webp", "jpeg"), default="raw", help="of crops [raw]"
    )
    _add_preview(parsers["preview"])
    return parser.parse_args()


def _add_shared(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--splits", nargs="+", choices=SPLITS, default=SPLITS, help="which splits [all three]"
    )
    parser.add_argument("--max-images", type=int, help="only the first so many of each split")
    parser.add_argument("--workers", type=int, help="processes [one a core]")


def _add_labelling(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--face-prior",
        nargs="+",
        default=["compact_prior"],
        metavar=("PRIOR", "CHECKPOINT"),
        help="released face prior, or config and checkpoint of one [compact_prior]",
    )
    parser.add_argument(
        "--no-mirror", action="store_true", help="leave out the mirrored face: twice as fast"
    )


def _add_preview(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("-o", "--output", default="sheet.png", help="PNG file [sheet.png]")
    parser.add_argument("--split", choices=SPLITS, default="train", help="which split [train]")
    parser.add_argument("--count", type=int, default=24, help="at most so many faces [24]")


def main() -> int:
    """Run the command; return the exit code."""
    arguments = parse_arguments()
    signal.signal(signal.SIGTERM, signal.default_int_handler)

    def run() -> None:
        _choose(arguments)()

    return run_tool(run, arguments.debug)


def _choose(arguments: argparse.Namespace) -> Callable[[], Any]:
    from functools import partial

    from fcsrlib import preparation

    if arguments.command == "preview":
        return partial(
            preparation.preview,
            arguments.source,
            arguments.output,
            split=arguments.split,
            count=arguments.count,
        )
    shared = dict(
        splits=arguments.splits,
        max_images=arguments.max_images,
        workers=arguments.workers,
        say=lambda line: print(line, flush=True),
    )
    if arguments.command == "check":
        return partial(preparation.check, arguments.source, **shared)
    places = (arguments.source, arguments.out)
    if arguments.command == "align":
        return partial(preparation.align, *places, **shared)
    if arguments.command == "pack":
        return partial(preparation.pack, *places, codec=arguments.codec, **shared)
    return partial(
        preparation.label,
        arguments.command,
        *places,
        arguments.face_prior,
        with_mirror=not arguments.no_mirror,
        **shared,
    )


if __name__ == "__main__":
    sys.exit(main())
