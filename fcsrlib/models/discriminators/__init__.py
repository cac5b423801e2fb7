"""Discriminators, slot DISCRIMINATORS."""

from fcsrlib.models.discriminators.authors import AuthorsDiscriminator
from fcsrlib.models.discriminators.patch import PatchGAN

__all__ = ["AuthorsDiscriminator", "PatchGAN"]
