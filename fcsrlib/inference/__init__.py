"""Using trained networks in other programs."""

from fcsrlib.inference.generator import load_generator
from fcsrlib.inference.photo.restored import PhotoRestored
from fcsrlib.inference.photo.restorer import PhotoRestorer
from fcsrlib.inference.releases.info import ReleaseInfo
from fcsrlib.inference.releases.release_file import build_release, read_release, write_release
from fcsrlib.inference.restored import Restored
from fcsrlib.inference.restorer import Restorer
from fcsrlib.inference.weights import resolve_weights

__all__ = [
    "PhotoRestored",
    "PhotoRestorer",
    "ReleaseInfo",
    "Restored",
    "Restorer",
    "build_release",
    "load_generator",
    "read_release",
    "resolve_weights",
    "write_release",
]
