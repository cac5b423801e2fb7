"""Draw loss and validation curves: python tools/draw_curves.py WORK_DIR... -o curves.png."""

from __future__ import annotations

import argparse
import sys

from fcsrlib.cli.tool import run_tool


def parse_arguments() -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("work_dirs", nargs="+", metavar="WORK_DIR", help="work dirs of runs")
    parser.add_argument("-o", "--output", default="curves.png", help="file [curves.png]")
    parser.add_argument("--names", nargs="+", default=[], help="which curves [loss, validation]")
    parser.add_argument("--debug", action="store_true", help="show tracebacks")
    return parser.parse_args()


def main() -> int:
    """Draw; return the exit code."""
    arguments = parse_arguments()

    def run() -> None:
        from fcsrlib.engine.curves import draw_curves

        names = draw_curves(arguments.work_dirs, arguments.output, arguments.names)
        print(f"{arguments.output}: {', '.join(names)}")

    return run_tool(run, arguments.debug)


if __name__ == "__main__":
    sys.exit(main())
