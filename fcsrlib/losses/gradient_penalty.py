"""Gradient penalty of WGAN-GP, which the authors' code trains its discriminator with."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from fcsrlib.losses.reduction import check_same_shape, widen

Critic = Callable[..., "Tensor | list[Tensor]"]


def gradient_penalty(
    discriminator: Critic,
    real: Tensor,
    fake: Tensor,
    hole_mask: Tensor | None = None,
    generator: torch.Generator | None = None,
) -> Tensor:
    """Return the mean of ``(|grad D(x)| - 1)^2`` at random points between real and fake images.

    A discriminator with many logits is the mean of them, as in the adversarial losses.

    Args:
        discriminator: Called with the images, and with ``hole_mask`` if that is given.
        real: (N, 3, H, W); no gradient flows back to it.
        fake: The same shape; no gradient flows back to it.
        hole_mask: (N, 1, H, W), 1 = missing, for discriminators that look at the hole.
        generator: Source of the random points, on the device of ``real``.

    Raises:
        ContractError: The shapes differ.
    """
    check_same_shape(real, fake, "real and fake")
    with torch.enable_grad():
        shares = torch.rand(
            (real.shape[0], *[1] * (real.dim() - 1)),
            generator=generator,
            device=real.device,
            dtype=widen(real).dtype,
        )
        mixed = torch.lerp(widen(fake.detach()), widen(real.detach()), shares).requires_grad_()
        logits = discriminator(mixed) if hole_mask is None else discriminator(mixed, hole_mask)
        outputs = [logits] if isinstance(logits, Tensor) else list(logits)
        score = torch.stack([widen(output).mean() for output in outputs]).mean() * real.shape[0]
        (gradient,) = torch.autograd.grad(score, mixed, create_graph=True)
        # The small constant keeps the root differentiable where the critic is flat.
        lengths = (gradient.flatten(1).square().sum(1) + 1e-12).sqrt()
        return (lengths - 1).square().mean()


class GradientPenalty(nn.Module):
    """WGAN-GP's penalty on the discriminator; weight 10 there, 0.1 in the authors' code."""

    def forward(
        self, discriminator: Critic, real: Tensor, fake: Tensor, hole_mask: Tensor | None = None
    ) -> Tensor:
        """Return :func:`gradient_penalty` at points drawn from the global generator.

        Raises:
            ContractError: The shapes differ.
        """
        return gradient_penalty(discriminator, real, fake, hole_mask)
