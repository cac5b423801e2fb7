"""``fcsr export``: writes a trained network as an ONNX file, checked against PyTorch."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from fcsrlib.cli.machine import tune_process

if TYPE_CHECKING:
    from fcsrlib.inference.onnx.export import Exported


def add_parser(commands: Any) -> None:
    """Add this subcommand to ``fcsr``."""
    parser = commands.add_parser("export", help="write an ONNX file", description=__doc__)
    add = parser.add_argument
    add("model", metavar="MODEL", help="released model, or path or URL of a release file")
    add("-o", "--out", required=True, help="file to write, *.onnx")
    add("--config", help="config of MODEL, where that is a checkpoint of training")
    add(
        "--quantize",
        nargs="?",
        choices=("int8", "float16"),
        const="int8",
        help="int8 (default): a quarter of the size, faster; float16: half the size, as exact",
    )
    add("--calibrate", metavar="DIR", help="aligned faces to set int8 by; default drawn ones")
    add("--force", action="store_true", help="replace a file that is there")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> None:
    """Export what the command line names and say how equal it is."""
    tune_process()
    from fcsrlib.inference.onnx.export import export_onnx

    exported = export_onnx(
        options.model,
        options.out,
        config=options.config,
        storage=options.quantize or "float32",
        calibrate=options.calibrate,
        force=options.force,
    )
    for line in _report(exported):
        print(line)


def _report(exported: Exported) -> list[str]:
    from fcsrlib.inference.onnx.runtime import BATCHES

    batches = ", ".join(map(str, BATCHES))
    origin = "float32 before 8 bits" if exported.quality else exported.storage
    lines = [
        f"{exported.path}: {exported.size:,} bytes, {exported.storage}",
        f"largest difference to PyTorch on random inputs, batches of {batches}: "
        f"{exported.difference:.2g} ({origin})",
    ]
    quality = exported.quality
    if quality is None:
        return lines
    for name, psnr in quality.psnr.items():
        lines.append(f"{name}: {psnr:.1f} dB to float32 on {quality.num_faces} faces")
    if quality.psnr_to_truth is not None:
        before, after = quality.psnr_to_truth
        lines.append(f"PSNR to the true faces: {after:.3f} dB, float32 {before:.3f} dB")
    lines.append(f"one face on one thread of this machine: {quality.speedup:.2f} times as fast")
    return lines
