"""Faces: sources, transforms, batches and the tensors the model reads."""

from fcsrlib.data.align_face import AlignFace
from fcsrlib.data.celeba import CelebA
from fcsrlib.data.celebamask_hq import CelebAMaskHQ
from fcsrlib.data.dataset import FaceDataset, SampleKey
from fcsrlib.data.face_folder import FaceFolder
from fcsrlib.data.helen import Helen
from fcsrlib.data.layouts import Layout, recognise_layout
from fcsrlib.data.lfw import LFW
from fcsrlib.data.mixed_faces import MixedFaces
from fcsrlib.data.occluded_faces import OccludedFaces
from fcsrlib.data.packed_faces import PackedFaces
from fcsrlib.data.packing import pack_faces
from fcsrlib.data.preprocessor import FacePreprocessor
from fcsrlib.data.rotation import RandomRotation
from fcsrlib.data.sampler import FaceSampler
from fcsrlib.data.synthetic import SyntheticFaces
from fcsrlib.data.transforms import CentreCrop, ColourJitter, Compose, RandomCrop, RandomMirror

__all__ = [
    "LFW",
    "AlignFace",
    "CelebA",
    "CelebAMaskHQ",
    "CentreCrop",
    "ColourJitter",
    "Compose",
    "FaceDataset",
    "FaceFolder",
    "FacePreprocessor",
    "FaceSampler",
    "Helen",
    "Layout",
    "MixedFaces",
    "OccludedFaces",
    "PackedFaces",
    "RandomCrop",
    "RandomMirror",
    "RandomRotation",
    "SampleKey",
    "SyntheticFaces",
    "pack_faces",
    "recognise_layout",
]
