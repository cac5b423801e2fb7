"""Release files: a network in one safetensors file, with everything that rebuilds it inside."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load, save
from torch import Tensor, nn

from fcsrlib.engine.whole_file import write_whole
from fcsrlib.errors import CheckpointError
from fcsrlib.inference.releases.info import ReleaseInfo
from fcsrlib.inference.releases.network import build_network

SUFFIX = ".safetensors"
METADATA_KEY = "fcsrlib_release"

_LENGTH_BYTES = 8
_MAX_HEADER_BYTES = 100_000_000  # safetensors' own limit
_STARTS_OF_PICKLES = (b"PK\x03\x04", b"\x80")


def pack_release(state: Mapping[str, Tensor], info: ReleaseInfo) -> bytes:
    """Return the content of a release file; the same for the same weights and ``info``.

    Floating tensors become fp16, or float32 where one holds a value beyond fp16's range;
    integers stay as they are.

    Raises:
        CheckpointError: ``info`` is malformed, or a weight is not finite.
    """
    packed = {name: _pack_tensor(name, tensor) for name, tensor in state.items()}
    try:
        # One key: safetensors writes several of them in an order of chance.
        return save(packed, {METADATA_KEY: info.to_json()})
    except ValueError as error:
        raise CheckpointError(f"release '{info.name}' cannot be written: {error}.") from error


def write_release(path: str | Path, state: Mapping[str, Tensor], info: ReleaseInfo) -> None:
    """Write a release file whole or not at all, see :func:`pack_release`.

    Args:
        path: File to write, ``*.safetensors``.
        state: Weights by their names in the network.
        info: What the file says about itself.

    Raises:
        CheckpointError: ``info`` is malformed, a weight is not finite, or ``path`` ends otherwise.
        FCSRError: The file cannot be written.
    """
    check_suffix(Path(path))
    write_whole(pack_release(state, info), Path(path))


def read_release(
    path: str | Path, sha256: str | None = None
) -> tuple[ReleaseInfo, dict[str, Tensor]]:
    """Read a release file; nothing in it is run.

    Args:
        path: A ``.safetensors`` file.
        sha256: What the file must hash to, in hexadecimal; None: anything.

    Returns:
        What the file says about itself, and its tensors on the CPU as they are stored.

    Raises:
        CheckpointError: The file is absent, damaged, no release file, of an unknown format, or has
            another hash.
    """
    path = Path(path)
    if not path.is_file():
        raise CheckpointError(f"no release file at {path}; check the path.")
    check_suffix(path)
    # Read once: what is checked is what is loaded, whoever replaces the file meanwhile.
    content = path.read_bytes()
    if sha256 is not None:
        _check_digest(content, sha256, path)
    info = _read_info(content, path)
    try:
        return info, load(content)
    except Exception as error:  # the parser's errors have no root of their own
        raise CheckpointError(f"{path} is damaged or cut off ({error}); fetch it again.") from error


def build_release(
    path: str | Path,
    device: str | torch.device = "cpu",
    dtype: torch.dtype = torch.float32,
    sha256: str | None = None,
) -> nn.Module:
    """Return the network of a release file, in eval mode.

    Args:
        path: A ``.safetensors`` file.
        device: Where the network shall run.
        dtype: Type of its floating weights and buffers.
        sha256: What the file must hash to, in hexadecimal; None: anything.

    Returns:
        A :class:`~fcsrlib.models.generator.FCSRGenerator`, or the network of another kind.

    Raises:
        CheckpointError: The file cannot be read, or its weights are of another network.
        UnknownComponentError: It is made of parts that nobody registered.
    """
    info, state = read_release(path, sha256)
    return build_network(info, state, str(path), torch.device(device), dtype)


def check_suffix(path: Path) -> None:
    """Check that ``path`` names a safetensors file.

    Raises:
        CheckpointError: It does not.
    """
    if path.suffix != SUFFIX:
        raise CheckpointError(
            f"{path} is no {SUFFIX} file; release files are. tools/release.py makes one of a "
            "trained checkpoint."
        )


def _pack_tensor(name: str, tensor: Tensor) -> Tensor:
    tensor = tensor.detach().cpu()
    if not tensor.is_floating_point():
        return tensor.clone(memory_format=torch.contiguous_format)
    if not torch.isfinite(tensor).all():
        raise CheckpointError(f"{name} holds values that are not finite; the run diverged.")
    half = tensor.to(torch.float16)
    packed = half if torch.isfinite(half).all() else tensor.float()
    return packed.clone(memory_format=torch.contiguous_format)


def _check_digest(content: bytes, sha256: str, path: Path) -> None:
    digest = hashlib.sha256(content).hexdigest()
    if digest != sha256.lower():
        raise CheckpointError(
            f"{path} has SHA-256 {digest}, expected {sha256}: it is damaged or another file; "
            "fetch it again."
        )


def _read_info(content: bytes, path: Path) -> ReleaseInfo:
    try:
        metadata = _read_header(content, path).get("__metadata__")
        text = metadata.get(METADATA_KEY) if isinstance(metadata, dict) else None
        if not isinstance(text, str):
            raise ValueError("it says nothing about its network; tools/release.py writes that")
        return ReleaseInfo.from_json(text)
    except ValueError as error:
        raise CheckpointError(f"{path} is no release file: {error}.") from error


def _read_header(content: bytes, path: Path) -> dict[str, Any]:
    """Return safetensors' header: its length in 8 bytes, then as many of JSON."""
    length = int.from_bytes(content[:_LENGTH_BYTES], "little")
    if content[_LENGTH_BYTES : _LENGTH_BYTES + 1] != b"{" or length > _MAX_HEADER_BYTES:
        if content.startswith(_STARTS_OF_PICKLES):
            raise CheckpointError(
                f"{path} was refused: it is a pickle (torch.save), which could run code when "
                "loaded, whatever its name says; tools/release.py makes a release file of a "
                "checkpoint you trust."
            )
        raise ValueError("it does not begin as safetensors do")
    if _LENGTH_BYTES + length > len(content):
        raise ValueError("it is cut off within its header; fetch it again")
    try:
        header = json.loads(content[_LENGTH_BYTES : _LENGTH_BYTES + length])
    except (ValueError, RecursionError) as error:
        raise ValueError("its header is damaged; fetch it again") from error
    return dict(header)
