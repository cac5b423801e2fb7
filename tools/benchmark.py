"""Measure speed and memory: python tools/benchmark.py [CONFIG ...] [--only SECTION].

Several configs are compared in inference: eager fp32 against bf16 channels last.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from fcsrlib.cli.tool import add_common_flags, run_tool
from fcsrlib.errors import ConfigError

DEFAULT_CONFIG = Path(__file__).parents[1] / "configs/fcsr/pconv_fsrnet_x8.py"
WIDTH_IN_FILES = 120


def parse_arguments() -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "config", nargs="*", help="[pconv_fsrnet_x8.py]; several compare their inference"
    )
    parser.add_argument("--only", choices=("data", "training", "inference"), help="[all]")
    parser.add_argument("--data-root", help="a data set, or a folder of images, to measure on")
    parser.add_argument("--pack", help="pack of the same faces, for data: compared with them")
    parser.add_argument("--batch-size", type=int, help="[16 for data, else the config's]")
    parser.add_argument(
        "--seconds", type=float, default=5.0, help="at most so long for each variant [5]"
    )
    parser.add_argument("--checkpoint", help="trained weights for inference [fresh ones]")
    parser.add_argument("--threads", type=int, help="threads of torch [its own choice]")
    parser.add_argument("-o", "--output", type=Path, help="JSON file for all figures")
    add_common_flags(parser)
    return parser.parse_args()


def main() -> int:
    """Measure and print; return the exit code."""
    arguments = parse_arguments()

    def run() -> None:
        if arguments.output is not None and arguments.output.is_dir():
            raise ConfigError(f"--output {arguments.output} is a folder; give a file.")
        if len(arguments.config) > 1 and (
            arguments.checkpoint or arguments.pack or arguments.only not in (None, "inference")
        ):
            raise ConfigError(
                f"{len(arguments.config)} configs: several are compared in inference, with fresh "
                "weights; leave out --only, --checkpoint and --pack, or name one config."
            )
        from rich.console import Console

        from fcsrlib.benchmark import compare_compounds, print_report, run_benchmark
        from fcsrlib.engine.config import parse_overrides, read_config
        from fcsrlib.engine.report import write_json

        overrides = parse_overrides(arguments.cfg_options)
        paths = arguments.config or [DEFAULT_CONFIG]
        configs = [read_config(path, overrides) for path in paths]
        shared = dict(
            data_root=arguments.data_root,
            batch_size=arguments.batch_size,
            seconds=arguments.seconds,
            threads=arguments.threads,
            say=lambda line: print(line, file=sys.stderr, flush=True),
        )
        if len(configs) > 1:
            result = compare_compounds(configs, **shared)
        else:
            result = run_benchmark(
                configs[0],
                only=arguments.only,
                checkpoint=arguments.checkpoint,
                pack=arguments.pack,
                **shared,
            )
        print_report(result, Console(width=None if sys.stdout.isatty() else WIDTH_IN_FILES))
        if arguments.output is not None:
            write_json(result, arguments.output)

    return run_tool(run, arguments.debug)


if __name__ == "__main__":
    sys.exit(main())
