"""Make a release file: python tools/release.py CONFIG CHECKPOINT -o FILE.safetensors."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from fcsrlib.cli.tool import add_common_flags, run_tool


def parse_arguments() -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("config", help="config file that the checkpoint was trained with")
    parser.add_argument("checkpoint", help="for example work_dirs/NAME/checkpoints/joint.pth")
    parser.add_argument(
        "-o", "--output", type=Path, required=True, metavar="FILE", help="*.safetensors to write"
    )
    parser.add_argument("--name", help="name of the release [that of FILE]")
    parser.add_argument(
        "--card", metavar="JSON", help="data, terms, schedule, numbers and limits, for people"
    )
    add_common_flags(parser)
    return parser.parse_args()


def main() -> int:
    """Write release file and model card; return the exit code."""
    arguments = parse_arguments()

    def run() -> None:
        from fcsrlib.engine.config import parse_overrides, read_config
        from fcsrlib.inference.releases.publish import publish, read_card

        config = read_config(arguments.config, parse_overrides(arguments.cfg_options))
        published = publish(
            config,
            arguments.checkpoint,
            arguments.output,
            name=arguments.name,
            card=read_card(arguments.card) if arguments.card else None,
        )
        model = published.model
        print(f"{published.path}: {model.size:,} bytes, SHA-256 {model.sha256}")
        print(f"{published.card_path}: model card")
        print("row for releases.json:")
        print(json.dumps({model.name: model.to_row()}, indent=2))

    return run_tool(run, arguments.debug)


if __name__ == "__main__":
    sys.exit(main())
