"""Writes a trained network as an ONNX file that was checked against PyTorch."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn

from fcsrlib import __version__
from fcsrlib.engine.whole_file import write_whole
from fcsrlib.errors import ConfigError, ContractError, FCSRError
from fcsrlib.inference.generator import load_generator
from fcsrlib.inference.onnx.face_inputs import draw_face_inputs, read_face_inputs
from fcsrlib.inference.onnx.graph import describe, halve_weights, trace
from fcsrlib.inference.onnx.int8 import Int8Quality, measure_int8, quantise_to_int8
from fcsrlib.inference.onnx.packages import check_extra
from fcsrlib.inference.onnx.ports import MEANINGS, Exportable, make_exportable
from fcsrlib.inference.onnx.runtime import measure_difference
from fcsrlib.inference.releases.integrity import digest_file
from fcsrlib.inference.releases.network import build_network
from fcsrlib.inference.releases.release_file import read_release
from fcsrlib.inference.weights import resolve_weights

SUFFIX = ".onnx"
BOUNDS = {"float32": 1e-4, "float16": 2e-3}
"""Largest difference to PyTorch that a file may have, as a share of its output's magnitude.

The magnitude counts as 1 where it is smaller. 2e-3 is half a gray level.
"""
MIN_INT8_PSNR = 35.0
"""Least PSNR in dB of an 8-bit file's outputs to those in float32."""
STORAGES = ("float32", "float16", "int8")


@dataclass(frozen=True)
class Exported:
    """What was written.

    Attributes:
        path: The file.
        size: Of the file, in bytes.
        storage: ``float32``, ``float16`` or ``int8``.
        difference: Largest absolute difference to PyTorch on random inputs; of an ``int8`` file,
            that of the float32 file which it was made from.
        quality: What 8 bits cost and bring; None for other files.
    """

    path: Path
    size: int
    storage: str
    difference: float
    quality: Int8Quality | None


@dataclass(frozen=True)
class _Source:
    """A network and what its file will say about it."""

    network: nn.Module
    name: str
    kind: str
    card: dict[str, Any]
    sha256: str


def export_onnx(
    model: str | Path,
    path: str | Path,
    *,
    config: str | Path | None = None,
    storage: str = "float32",
    calibrate: str | Path | None = None,
    force: bool = False,
) -> Exported:
    """Write a network as an ONNX file with a batch of any size.

    Nothing is left behind where the file differs from PyTorch by more than :data:`BOUNDS` on
    random inputs, or, in 8 bits, falls below :data:`MIN_INT8_PSNR` on faces.

    Args:
        model: Name of a released model, path or URL of a release file; with ``config``, a
            checkpoint of training.
        path: File to write, ``*.onnx``.
        config: Config that the checkpoint was trained with.
        storage: ``float32``; ``float16`` stores weights in half the space and computes in float32;
            ``int8`` also computes most convolutions in 8 bits.
        calibrate: Folder of aligned faces that 8-bit ranges are learnt from; None: drawn faces.
        force: Replace ``path`` if it is there.

    Raises:
        MissingExtraError: The packages of the extra ``export`` are not installed.
        CheckpointError: There is no such model, or its file cannot be read.
        ConfigError: ``path`` ends otherwise, is there already, or options do not go together.
        ContractError: A part cannot be exported, or the file is not equal enough.
        DataError: ``calibrate`` holds too few faces.
        FCSRError: The file cannot be written.
    """
    path = Path(path)
    _check_options(storage, calibrate)
    _check_target(path, force)
    check_extra()
    source = _load(model, config)
    exportable = make_exportable(source.network, source.kind)
    content, difference = _make_float_file(source, exportable, storage)
    quality = None
    if storage == "int8":
        if calibrate is None:
            faces = draw_face_inputs(exportable)
        else:
            faces = read_face_inputs(calibrate, exportable)
        known, held_out = faces.split()
        float32, content = content, quantise_to_int8(content, exportable, known)
        content = _describe_again(content, _describe(source, exportable, storage))
        quality = measure_int8(float32, content, exportable, held_out)
        _check_quality(quality, source.name)
    write_whole(content, path)
    return Exported(path, len(content), storage, difference, quality)


def _check_options(storage: str, calibrate: str | Path | None) -> None:
    if storage not in STORAGES:
        raise ConfigError(f"storage is {storage!r}; expected one of {', '.join(STORAGES)}.")
    if calibrate is not None and storage != "int8":
        raise ConfigError(f"faces to calibrate on were given for {storage}; only int8 needs them.")


def _check_target(path: Path, force: bool) -> None:
    """Check before the work what would fail after it."""
    if path.suffix != SUFFIX:
        raise ConfigError(f"{path} shall be written; expected a name that ends in {SUFFIX}.")
    if path.exists() and not force:
        raise ConfigError(f"{path} is there already; choose another name, or give --force.")
    folder = next(one for one in path.absolute().parents if one.exists())
    if not folder.is_dir() or not os.access(folder, os.W_OK):
        raise FCSRError(f"{path} could not be written: {folder} is no folder that may be changed.")


def _load(model: str | Path, config: str | Path | None) -> _Source:
    network: nn.Module
    if config is not None:
        network = load_generator(config, model)
        return _Source(network, Path(model).stem, "generator", {}, digest_file(Path(model)))
    path = resolve_weights(model)
    info, state = read_release(path)
    network = build_network(info, state, str(path), torch.device("cpu"), torch.float32)
    return _Source(network, info.name, info.kind, info.card, digest_file(path))


def _make_float_file(source: _Source, exportable: Exportable, storage: str) -> tuple[bytes, float]:
    """Return the content of a float file, and its largest difference to PyTorch."""
    kept = "float32" if storage == "int8" else storage
    model = trace(exportable)
    if kept == "float16":
        halve_weights(model)
    describe(model, _describe(source, exportable, kept))
    content: bytes = model.SerializeToString(deterministic=True)
    difference, share = measure_difference(content, exportable)
    if share > BOUNDS[kept]:
        raise ContractError(
            f"{source.name} as an ONNX file of {kept} differs from PyTorch by {difference:.2g}, "
            f"{share:.2g} of its output; allowed are {BOUNDS[kept]:g}. Nothing was written: one "
            "of its parts computes otherwise in ONNX Runtime."
        )
    return content, difference


def _describe(source: _Source, exportable: Exportable, storage: str) -> dict[str, str]:
    """Return the metadata of a file; all values are text, those of several words JSON."""
    terms = source.card.get("terms") or "not stated"
    ports = {name: MEANINGS[name] for name in (*exportable.inputs, *exportable.outputs)}
    facts = {
        "name": source.name,
        "kind": source.kind,
        "storage": storage,
        "fcsrlib_version": __version__,
        "source_sha256": source.sha256,
        "terms": terms if isinstance(terms, str) else json.dumps(terms),
        "card": json.dumps(source.card, sort_keys=True),
        "ports": json.dumps(ports),
    }
    for name in ("scale", "lr_side", "hr_side"):
        value = getattr(source.network, name, None)
        if isinstance(value, int):
            facts[name] = str(value)
    return facts


def _describe_again(content: bytes, metadata: dict[str, str]) -> bytes:
    """Return a file with ``metadata``, which quantisation dropped or changed."""
    import onnx

    model = onnx.load_from_string(content)
    describe(model, metadata)
    del model.graph.value_info[:]
    return bytes(model.SerializeToString(deterministic=True))


def _check_quality(quality: Int8Quality, name: str) -> None:
    worst = min(quality.psnr, key=lambda one: quality.psnr[one])
    if quality.psnr[worst] < MIN_INT8_PSNR:
        raise ContractError(
            f"{name} in 8 bits gives {worst} with {quality.psnr[worst]:.1f} dB to float32; wanted "
            f"are {MIN_INT8_PSNR:g}. Nothing was written: calibrate on faces like yours, or "
            "store float16."
        )
