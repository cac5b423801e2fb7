"""Train a config through all its stages: python tools/train.py configs/fcsr/pconv_fsrnet_x8.py."""

from __future__ import annotations

import argparse
import sys

from fcsrlib.cli.tool import add_common_flags, run_tool


def parse_arguments() -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("config", help="config file, for example configs/fcsr/pconv_fsrnet_x8.py")
    parser.add_argument("--work-dir", help="where everything goes [work_dirs/<config name>]")
    parser.add_argument("--data-root", help="a data set, or a folder of images, to train on")
    parser.add_argument("--quick", action="store_true", help="the config's few-minute schedule")
    parser.add_argument("--resume", action="store_true", help="continue the run in the work dir")
    parser.add_argument("--amp", action="store_true", help="bf16 autocast, on CPU or CUDA")
    parser.add_argument("--launcher", choices=("none", "pytorch", "slurm"), default="none")
    parser.add_argument("--seed", type=int, help="seed of everything random [the config's]")
    add_common_flags(parser)
    return parser.parse_args()


def main() -> int:
    """Run the training; return the exit code."""
    arguments = parse_arguments()

    def run() -> None:
        from fcsrlib.engine import read_config, train
        from fcsrlib.engine.config import parse_overrides
        from fcsrlib.inference.config_weights import locate_config_weights

        overrides = parse_overrides(arguments.cfg_options)
        config = locate_config_weights(read_config(arguments.config, overrides))
        train(
            config,
            work_dir=arguments.work_dir,
            data_root=arguments.data_root,
            quick=arguments.quick,
            resume=arguments.resume,
            amp=arguments.amp,
            launcher=arguments.launcher,
            seed=arguments.seed,
            overrides=overrides,
        )

    return run_tool(run, arguments.debug)


if __name__ == "__main__":
    sys.exit(main())
