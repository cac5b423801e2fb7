"""Loading one part's weights; the safe reading itself stands lower, where losses reach it too."""

from __future__ import annotations

from pathlib import Path

from torch import nn

from fcsrlib.layers.weights import load_state, read_checkpoint, select_state

__all__ = ["load_part_weights", "load_state", "read_checkpoint", "select_state"]


def load_part_weights(network: nn.Module, path: str | Path, part: str) -> None:
    """Load the weights of one part from a file of its own or from a whole checkpoint.

    Args:
        network: The part.
        path: File to read.
        part: Prefix of the part in a whole checkpoint, for example ``face_prior``.

    Raises:
        CheckpointError: The file cannot be read or is of another network.
    """
    checkpoint = read_checkpoint(path)
    state = select_state(checkpoint, f"{part}.") or select_state(checkpoint)
    load_state(network, state, str(path))
