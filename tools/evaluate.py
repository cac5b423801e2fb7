"""Run a protocol of the paper: python tools/evaluate.py PROTOCOL CONFIG CHECKPOINT [...]."""

from __future__ import annotations

import argparse
import sys

from fcsrlib.cli.tool import add_common_flags, run_tool
from fcsrlib.errors import ConfigError

PROTOCOL_FLAGS = (
    *("cross_root", "num_holes", "masks", "references"),
    *("perceptual", "face_prior", "embedder", "embedder_weights"),
    *("gallery", "gallery_draws", "tune"),
)


def parse_arguments() -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "protocol",
        help="table3, table4, fig7, fig9, table5, table6, cross, consistency, natural or "
        "identification",
    )
    parser.add_argument(
        "networks", nargs="+", metavar="CONFIG CHECKPOINT", help="once or more, in pairs"
    )
    parser.add_argument("--data-root", help="a data set, or a folder of images, to measure on")
    parser.add_argument("--out", help="folder for the results [CHECKPOINT.PROTOCOL]")
    parser.add_argument("--max-images", type=int, help="measure the first images only")
    parser.add_argument("--batch-size", type=int, default=16, help="faces a batch [16]")
    parser.add_argument("--channel", default="rgb", help="rgb or y [rgb]")
    parser.add_argument("--crop", type=int, default=0, help="border left out, in pixels [0]")
    _add_protocol_flags(parser)
    add_common_flags(parser)
    return parser.parse_args()


def _add_protocol_flags(parser: argparse.ArgumentParser) -> None:
    """Add what only some protocols know; a protocol refuses the others' by name."""
    group = parser.add_argument_group("options of single protocols")
    group.add_argument("--cross-root", help="cross: the second data set")
    group.add_argument("--num-holes", type=int, help="consistency: holes a face [8]")
    group.add_argument("--masks", help="natural: folder of masks, white = covered")
    group.add_argument("--references", help="natural: folder of other images of the persons")
    group.add_argument(
        "--perceptual", action="store_true", default=None, help="measure perceptual distance too"
    )
    group.add_argument(
        "--face-prior",
        nargs="+",
        metavar=("PRIOR", "CHECKPOINT"),
        help="measure landmarks and parts by a released face prior, or config and checkpoint",
    )
    group.add_argument(
        "--embedder", help="lightcnn9, dlib or a config: measure identity, or identify with it"
    )
    group.add_argument("--embedder-weights", help="weights of lightcnn9")
    group.add_argument("--gallery", help="identification: same or ground_truth [same]")
    group.add_argument("--gallery-draws", type=int, help="identification: galleries [10]")
    group.add_argument(
        "--tune", nargs="+", metavar="KEY=VALUE", help="identification: how LightCNN-9 is tuned"
    )


def main() -> int:
    """Evaluate; return the exit code."""
    arguments = parse_arguments()

    def run() -> None:
        networks = arguments.networks
        if len(networks) % 2:
            raise ConfigError(
                f"CONFIG and CHECKPOINT come in pairs; got {len(networks)} after the protocol: "
                f"give the checkpoint of {networks[-1]}."
            )
        from fcsrlib.engine.config import parse_overrides, read_config
        from fcsrlib.evaluation import evaluate
        from fcsrlib.evaluation.protocols import find_protocol

        find_protocol(arguments.protocol)
        options = {name: getattr(arguments, name) for name in PROTOCOL_FLAGS}
        if options["embedder"]:
            options |= parse_overrides([f"embedder={options['embedder']}"])
        overrides = parse_overrides(arguments.cfg_options)
        evaluate(
            arguments.protocol,
            [
                (read_config(config, overrides), checkpoint)
                for config, checkpoint in zip(networks[::2], networks[1::2], strict=True)
            ],
            data_root=arguments.data_root,
            out=arguments.out,
            max_images=arguments.max_images,
            batch_size=arguments.batch_size,
            channel=arguments.channel,
            crop_px=arguments.crop,
            options={name: value for name, value in options.items() if value is not None},
            say=lambda line: print(line, file=sys.stderr, flush=True),
        )

    return run_tool(run, arguments.debug)


if __name__ == "__main__":
    sys.exit(main())
