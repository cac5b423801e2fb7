"""Draw a contact sheet of synthetic faces."""

from __future__ import annotations

import argparse
from pathlib import Path

from fcsrlib.data.synthetic.sheet import save_contact_sheet


def main() -> None:
    """Parse the command line and draw."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=48, help="number of faces")
    parser.add_argument("--seed", type=int, default=0, help="seed of all draws")
    parser.add_argument("--side", type=int, default=144, help="side of a face in pixels")
    parser.add_argument("-o", "--output", type=Path, required=True, help="PNG file to write")
    parser.add_argument(
        "--annotations", action="store_true", help="show landmarks and parsing map as well"
    )
    args = parser.parse_args()
    save_contact_sheet(args.output, args.count, args.seed, args.side, args.annotations)


if __name__ == "__main__":
    main()
