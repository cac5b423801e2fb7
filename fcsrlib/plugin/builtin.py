"""The library's own parts, registered through the hooks that every plugin uses.

The imports are inside the hooks so that the plugin package stays free of torch.
"""

from __future__ import annotations

from fcsrlib.plugin.hookspecs import Register, hookimpl


@hookimpl
def register_fc_backbones(register: Register) -> None:
    """Register the completion networks."""
    from fcsrlib.models.completion import GFC, PConvUNet, SwiftFC

    register(PConvUNet)
    register(GFC)
    register(SwiftFC)


@hookimpl
def register_sr_backbones(register: Register) -> None:
    """Register the super-resolution networks."""
    from fcsrlib.models.super_resolution import FSRNet, SRResNet, SwiftSR

    register(FSRNet)
    register(SRResNet)
    register(SwiftSR)


@hookimpl
def register_discriminators(register: Register) -> None:
    """Register the discriminators."""
    from fcsrlib.models.discriminators import (
        AuthorsDiscriminator,
        GlobalLocalDiscriminator,
        PatchGAN,
    )

    register(PatchGAN)
    register(AuthorsDiscriminator)
    register(GlobalLocalDiscriminator)


@hookimpl
def register_losses(register: Register) -> None:
    """Register the losses."""
    from fcsrlib import losses

    for loss in (
        losses.PixelLoss,
        losses.SmoothLoss,
        losses.PerceptualLoss,
        losses.StyleLoss,
        losses.AdversarialLoss,
        losses.DiscriminatorLoss,
        losses.GradientPenalty,
        losses.FacePriorLoss,
        losses.IdentityLoss,
        losses.MaskLoss,
    ):
        register(loss)


@hookimpl
def register_face_priors(register: Register) -> None:
    """Register the face prior networks."""
    from fcsrlib.models.priors import CompactPrior, HourglassPrior

    register(HourglassPrior)
    register(CompactPrior)
