"""What goes into and comes out of an exported network: flat tensors with names, by its kind."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from fcsrlib.data.sample import FACE_SIDE
from fcsrlib.errors import ContractError
from fcsrlib.models.generator import FCSRGenerator, Generated

MEANINGS = {
    "lr_masked": "RGB in [0, 1], rounded to 8 bits; 0 in the hole",
    "hole_mask": "1 = missing, 0 = visible",
    "image": "RGB in [0, 1]",
    "hr_restored": "RGB, about [0, 1], not clamped",
    "lr_composite": "RGB: lr_masked with its hole completed, about [0, 1], not clamped",
    "hr_coarse": "RGB: an earlier estimate of hr_restored, about [0, 1], not clamped",
    "landmarks": "heatmaps in [0, 1], one channel a landmark",
    "parsing": "logits, one channel a face part",
    "mask_logits": "logits; above 0 = covered",
}
"""What each input and output holds."""


@dataclass(frozen=True)
class Exportable:
    """A network as it is exported.

    Attributes:
        module: Takes the inputs and returns the outputs as a tuple.
        kind: ``generator``, ``face_prior`` or ``mask``.
        inputs: Name → shape of one face, (C, H, W).
        outputs: Names.
    """

    module: nn.Module
    kind: str
    inputs: dict[str, tuple[int, int, int]]
    outputs: tuple[str, ...]

    def make_inputs(self, count: int, generator: torch.Generator) -> tuple[Tensor, ...]:
        """Draw a batch: values even in [0, 1], holes of half of all pixels."""
        drawn = {
            name: torch.rand(count, *shape, generator=generator)
            for name, shape in self.inputs.items()
        }
        if "hole_mask" in drawn:
            drawn["hole_mask"] = drawn["hole_mask"].round()
            drawn["lr_masked"] *= 1 - drawn["hole_mask"]
        return tuple(drawn.values())

    @torch.no_grad()
    def run(self, inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        """Return what PyTorch makes of a batch."""
        outputs: tuple[Tensor, ...] = self.module(*inputs)
        return outputs


class FlatGenerator(nn.Module):
    """A generator that returns a tuple: restored, composite and coarse face, where there are.

    Args:
        generator: The network.
    """

    def __init__(self, generator: FCSRGenerator) -> None:
        """Take the network."""
        super().__init__()
        self.generator = generator

    def forward(self, lr_masked: Tensor, hole_mask: Tensor) -> tuple[Tensor, ...]:
        """Restore ``lr_masked`` (N, 3, h, w) with ``hole_mask`` (N, 1, h, w)."""
        generated: Generated = self.generator(lr_masked, hole_mask)
        found = (generated.hr_restored, generated.lr_composite, generated.restoration.coarse)
        return tuple(one for one in found if one is not None)


class FlatPrior(nn.Module):
    """A face prior network that returns a tuple: heatmaps and logits.

    Args:
        network: Of slot FACE_PRIORS.
    """

    def __init__(self, network: nn.Module) -> None:
        """Take the network."""
        super().__init__()
        self.network = network

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor]:
        """Find the priors of ``image`` (N, 3, H, W)."""
        found = self.network(image)
        return found.landmarks, found.parsing


class FlatMaskFinder(nn.Module):
    """A network that finds masks and returns a tuple of its logits.

    Args:
        network: Images to logits.
    """

    def __init__(self, network: nn.Module) -> None:
        """Take the network."""
        super().__init__()
        self.network = network

    def forward(self, image: Tensor) -> tuple[Tensor]:
        """Find what covers ``image`` (N, 3, H, W)."""
        return (self.network(image),)


def make_exportable(network: nn.Module, kind: str) -> Exportable:
    """Return ``network`` as it is exported: on the CPU, in float32 and eval mode.

    Args:
        network: As :func:`fcsrlib.inference.build_release` returns it.
        kind: That of its release.

    Raises:
        ContractError: ``network`` is of another kind.
    """
    if (kind == "generator") != isinstance(network, FCSRGenerator):
        raise ContractError(f"{type(network).__name__} is no {kind}; give the kind of its release.")
    network = network.float().cpu().requires_grad_(False)
    if isinstance(network, FCSRGenerator):
        side = network.lr_side
        inputs = {"lr_masked": (3, side, side), "hole_mask": (1, side, side)}
        outputs = ["hr_restored"]
        outputs += ["lr_composite"] if network.first == "fc" else []
        outputs += [] if "hr_coarse" in network.absent else ["hr_coarse"]
        return Exportable(FlatGenerator(network).eval(), kind, inputs, tuple(outputs))
    inputs = {"image": (3, FACE_SIDE, FACE_SIDE)}
    if kind == "face_prior":
        return Exportable(FlatPrior(network).eval(), kind, inputs, ("landmarks", "parsing"))
    return Exportable(FlatMaskFinder(network).eval(), kind, inputs, ("mask_logits",))
