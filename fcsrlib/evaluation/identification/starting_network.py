"""Makes the LightCNN-9 that fine-tuning starts from: of a file, or random."""

from __future__ import annotations

import math
from pathlib import Path

import torch
from torch import Tensor, nn

from fcsrlib.models.recognition import LightCNN9
from fcsrlib.models.weights import load_state, read_checkpoint, select_state

# The larger of two independent N(0, 1) values varies by 0.68: the gain that keeps what tells two
# faces apart from fading layer by layer where no trained weights were given.
_GAIN = 0.68**-0.5


def make_network(num_people: int, weights: str | Path | None, seed: int) -> LightCNN9:
    """Return LightCNN-9 with a classifier of ``num_people``.

    Args:
        num_people: Training people.
        weights: File of a LightCNN-9 to start from, whose classifier is left out; None: random.
        seed: Seed of what is random.

    Raises:
        CheckpointError: The file cannot be read or is of another network.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = LightCNN9(num_identities=num_people)
        for layer in network.trunk.modules():
            if isinstance(layer, (nn.Conv2d, nn.Linear)):
                nn.init.normal_(layer.weight, std=_GAIN / math.sqrt(layer.weight[0].numel()))
                nn.init.zeros_(layer.bias)  # type: ignore[arg-type]
        # Everybody is equally likely at first, whatever the size of the embeddings.
        for parameter in network.classifier.parameters():  # type: ignore[union-attr]
            nn.init.zeros_(parameter)
    if weights is not None:
        state = select_state(read_checkpoint(weights))
        load_state(network.trunk, _select_trunk(state), str(weights))
    return network


def _select_trunk(state: dict[str, Tensor]) -> dict[str, Tensor]:
    return {
        name.removeprefix("trunk."): value
        for name, value in state.items()
        if not name.startswith("classifier.")
    }
