"""Toy networks as configs and checkpoints, ready to be evaluated."""

import pytest
import torch
from mmengine.config import Config

from fcsrlib.models.order import build_generator
from fcsrlib.registry import MODELS


@MODELS.register_module(force=True)
class MeanColourEmbedder:
    """Embeds a face by the colours of its quarters; ``weights`` is only a number."""

    def __init__(self, weights=0.5):
        self.weights = weights

    def embed(self, images, landmarks=None):
        """Return unit vectors (N, 12)."""
        quarters = torch.nn.functional.adaptive_avg_pool2d(images, 2).flatten(1) - self.weights
        return torch.nn.functional.normalize(quarters, dim=1)


@pytest.fixture
def toy_embedder():
    """Return the config of an embedder without a network."""
    return {"type": "MeanColourEmbedder"}


@pytest.fixture
def make_pair(toy_run, tmp_path_factory):
    """Return a function that makes a config and a checkpoint of random toy networks."""
    folder = tmp_path_factory.mktemp("networks")

    def make_pair(name="toy", seed=0, restores=True, scale=4, faces=5, **changes):
        config = toy_run.make_config(**changes)
        config.scale = scale
        config.test_dataloader.dataset.source.num_faces = faces
        config = Config(config.to_dict(), cfg_text="# a toy", filename=f"{name}.py")
        torch.manual_seed(seed)
        parts = config.model.generator
        enlarges = config.model.data_preprocessor.get("enlarge_lr")
        generator = build_generator(**parts.to_dict(), hr_side=32, scale=1 if enlarges else scale)
        path = folder / f"{name}_{seed}.pth"
        state = {f"generator.{key}": value for key, value in generator.state_dict().items()}
        torch.save({"state_dict": state, "meta": {"restores": restores, "iterations": 7}}, path)
        return config, path

    return make_pair
