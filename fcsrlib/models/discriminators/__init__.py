"""Discriminators, slot DISCRIMINATORS."""

from fcsrlib.models.discriminators.authors import AuthorsDiscriminator
from fcsrlib.models.discriminators.global_local import GlobalLocalDiscriminator
from fcsrlib.models.discriminators.patch import PatchGAN

__all__ = ["AuthorsDiscriminator", "GlobalLocalDiscriminator", "PatchGAN"]
