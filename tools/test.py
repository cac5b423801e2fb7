"""Measure a checkpoint: python tools/test.py CONFIG CHECKPOINT [--data-root DIR] [--out DIR]."""

from __future__ import annotations

import argparse
import sys

from fcsrlib.cli.tool import add_common_flags, run_tool


def parse_arguments() -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("config", help="config file that the checkpoint was trained with")
    parser.add_argument("checkpoint", help="for example work_dirs/NAME/checkpoints/joint.pth")
    parser.add_argument("--data-root", help="a data set, or a folder of images, to measure on")
    parser.add_argument("--out", help="folder for metrics.json and sheet.png [CHECKPOINT.test]")
    parser.add_argument("--max-images", type=int, help="measure the first images only")
    add_common_flags(parser)
    return parser.parse_args()


def main() -> int:
    """Measure; return the exit code."""
    arguments = parse_arguments()

    def run() -> None:
        from fcsrlib.engine.config import parse_overrides, read_config
        from fcsrlib.evaluation import measure

        config = read_config(arguments.config, parse_overrides(arguments.cfg_options))
        measure(
            config,
            arguments.checkpoint,
            data_root=arguments.data_root,
            out=arguments.out,
            max_images=arguments.max_images,
        )

    return run_tool(run, arguments.debug)


if __name__ == "__main__":
    sys.exit(main())
