"""Builds a generator from a config and, where given, a checkpoint, ready to restore faces."""

from __future__ import annotations

from pathlib import Path

import torch
from mmengine.config import Config

from fcsrlib.engine.config import complete_config, read_config
from fcsrlib.errors import ConfigError
from fcsrlib.models.generator import FCSRGenerator
from fcsrlib.models.order import build_generator
from fcsrlib.models.weights import load_state, read_checkpoint, select_state


def load_generator(
    config: str | Path | Config,
    checkpoint: str | Path | None = None,
    device: str | torch.device = "cpu",
) -> FCSRGenerator:
    """Return the generator of ``config`` in eval mode.

    Args:
        config: Config file, or a config already read.
        checkpoint: File of trained weights; its moving average is used where it has one. Without
            one the weights are random.
        device: Where the generator shall run.

    Returns:
        A module that maps ``lr_masked`` (N, 3, h, w) in [0, 1] and ``hole_mask`` (N, 1, h, w),
        1 = missing, to :class:`fcsrlib.models.generator.Generated` (Eq. 1-3).

    Raises:
        ConfigError: The config cannot be read.
        CheckpointError: The checkpoint cannot be read or is of another generator.
    """
    if isinstance(config, (str, Path)):
        config = read_config(config)
    if not isinstance(config, Config):
        raise ConfigError(
            f"config is {type(config).__name__}; expected a path or what read_config returns."
        )
    if "generator" not in config.model:
        raise ConfigError(
            f"{config.filename or 'the config'} is that of a {config.model.get('type')}, which "
            "restores no face; give the config of a compound, see configs/fcsr."
        )
    complete_config(config)
    generator = build_generator(**config.model.generator)
    if checkpoint is not None:
        stored = read_checkpoint(checkpoint)
        state = select_state(stored, "generator.") or select_state(stored)
        load_state(generator, state, str(checkpoint))
    return generator.to(device).eval()
