"""Reads VGG-16's convolutions from the shipped file, a file of one's own, or torchvision's."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file
from torch import Tensor

from fcsrlib.errors import CheckpointError

BLOCKS = ((64, 64), (128, 128), (256, 256, 256), (512, 512, 512), (512, 512, 512))
CONVS = tuple(
    f"conv{block}_{index}"
    for block, widths in enumerate(BLOCKS, start=1)
    for index in range(1, len(widths) + 1)
)
SHIPPED = Path(__file__).parent / "weights" / "vgg16_conv1_to_conv3.safetensors"

_TORCHVISION_INDICES = (0, 2, 5, 7, 10, 12, 14, 17, 19, 21, 24, 26, 28)


def load_vgg16_weights(path: str | Path | None, convs: tuple[str, ...]) -> dict[str, Tensor]:
    """Load the weights and biases of ``convs``, as float32 on the CPU.

    Args:
        path: ``.safetensors`` or ``.npz`` with keys ``conv1_1.weight``, ``conv1_1.bias`` ..., or
            anything else: a state dict of torchvision's VGG-16 (``features.0.weight`` ...), read
            with ``weights_only=True``. None: the shipped conv1_1 to conv3_3.
        convs: Names wanted, from :data:`CONVS`.

    Raises:
        CheckpointError: The file is absent or unreadable, or a tensor is missing or misshapen.
    """
    file = Path(path) if path is not None else SHIPPED
    if not file.is_file():
        raise CheckpointError(f"VGG-16 weights {file} do not exist; check the path.")
    try:
        state = _read(file)
    except Exception as error:  # each format has its own errors for a damaged file
        raise CheckpointError(
            f"VGG-16 weights {file} cannot be read: {type(error).__name__}: {error} Expected "
            ".safetensors, .npz, or a state dict saved by torch."
        ) from error
    return _select(_rename(state), convs, file)


def _read(file: Path) -> dict[str, Tensor]:
    if file.suffix == ".safetensors":
        return load_file(file)
    if file.suffix == ".npz":
        with np.load(file) as arrays:
            return {name: torch.from_numpy(arrays[name]) for name in arrays.files}
    return dict(torch.load(file, map_location="cpu", weights_only=True))


def _rename(state: dict[str, Tensor]) -> dict[str, Tensor]:
    """Turn torchvision's ``features.N`` into the paper's ``convI_J``."""
    names = {f"features.{n}": conv for n, conv in zip(_TORCHVISION_INDICES, CONVS, strict=True)}
    renamed = {}
    for key, value in state.items():
        layer, _, kind = key.rpartition(".")
        renamed[f"{names.get(layer, layer)}.{kind}"] = value
    return renamed


def _select(state: dict[str, Tensor], convs: tuple[str, ...], file: Path) -> dict[str, Tensor]:
    missing = [name for name in convs if not {f"{name}.weight", f"{name}.bias"} <= state.keys()]
    if missing:
        raise CheckpointError(
            f"VGG-16 weights {file} have no {', '.join(missing)}; the layers asked for need them. "
            "Ask for shallower layers or give a file with all 13 convolutions."
        )
    selected = {}
    for name, shape in _list_shapes(convs).items():
        if tuple(state[name].shape) != shape:
            raise CheckpointError(
                f"VGG-16 weights {file}: {name} is {tuple(state[name].shape)}; expected {shape}."
            )
        selected[name] = state[name].float()
    return selected


def _list_shapes(convs: tuple[str, ...]) -> dict[str, tuple[int, ...]]:
    """Return the shape of every tensor of ``convs``."""
    widths = [width for block in BLOCKS for width in block]
    shapes: dict[str, tuple[int, ...]] = {}
    for name, wide, deep in zip(CONVS, widths, [3, *widths], strict=False):
        if name in convs:
            shapes[f"{name}.weight"] = (wide, deep, 3, 3)
            shapes[f"{name}.bias"] = (wide,)
    return shapes
