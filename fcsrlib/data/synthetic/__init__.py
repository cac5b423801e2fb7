"""Synthetic frontal faces whose landmarks, parsing map and identity are known exactly."""

from fcsrlib.data.synthetic.parameters import FaceParameters, Person, Shot, draw_faces
from fcsrlib.data.synthetic.renderer import RenderedFaces, render_faces
from fcsrlib.data.synthetic.source import SyntheticFaces

__all__ = [
    "FaceParameters",
    "Person",
    "RenderedFaces",
    "Shot",
    "SyntheticFaces",
    "draw_faces",
    "render_faces",
]
