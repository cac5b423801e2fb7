"""Faces: sources, transforms, batches and the tensors the model reads."""

from fcsrlib.data.celeba import CelebA
from fcsrlib.data.dataset import FaceDataset, SampleKey
from fcsrlib.data.face_folder import FaceFolder
from fcsrlib.data.packing import pack_faces
from fcsrlib.data.preprocessor import FacePreprocessor
from fcsrlib.data.sampler import FaceSampler
from fcsrlib.data.synthetic import SyntheticFaces
from fcsrlib.data.transforms import CentreCrop, ColourJitter, Compose, RandomCrop, RandomMirror

__all__ = [
    "CelebA",
    "CentreCrop",
    "ColourJitter",
    "Compose",
    "FaceDataset",
    "FaceFolder",
    "FacePreprocessor",
    "FaceSampler",
    "RandomCrop",
    "RandomMirror",
    "SampleKey",
    "SyntheticFaces",
    "pack_faces",
]
