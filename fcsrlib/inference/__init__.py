"""Using trained networks in other programs."""

from fcsrlib.inference.generator import load_generator

__all__ = ["load_generator"]
