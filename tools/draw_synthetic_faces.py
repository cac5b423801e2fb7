"""Draw a contact sheet of synthetic faces: python tools/draw_synthetic_faces.py -o OUT.png."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from fcsrlib.cli.tool import run_tool


def parse_arguments() -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=48, help="number of faces [48]")
    parser.add_argument("--seed", type=int, default=0, help="seed of all draws [0]")
    parser.add_argument("--side", type=int, default=144, help="side of a face in pixels [144]")
    parser.add_argument("-o", "--output", type=Path, required=True, help="PNG file to write")
    parser.add_argument(
        "--annotations", action="store_true", help="show landmarks and parsing map as well"
    )
    parser.add_argument("--debug", action="store_true", help="show tracebacks")
    return parser.parse_args()


def main() -> int:
    """Draw; return the exit code."""
    arguments = parse_arguments()

    def run() -> None:
        from fcsrlib.data.synthetic.sheet import save_contact_sheet

        save_contact_sheet(
            arguments.output,
            arguments.count,
            arguments.seed,
            arguments.side,
            arguments.annotations,
        )

    return run_tool(run, arguments.debug)


if __name__ == "__main__":
    sys.exit(main())
