"""The anatomy of a block of faces: drawn parameters turned into the geometry of every part."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from fcsrlib.data.synthetic.brows import Brow
from fcsrlib.data.synthetic.eyes import Eye
from fcsrlib.data.synthetic.hair import Hair
from fcsrlib.data.synthetic.head import Head
from fcsrlib.data.synthetic.lighting import Lighting
from fcsrlib.data.synthetic.mouth import Mouth
from fcsrlib.data.synthetic.nose import Nose
from fcsrlib.data.synthetic.parameters import FaceParameters
from fcsrlib.data.synthetic.pose import Pose

SIDES = (-1, 1)
"""Left and right of the image."""


@dataclass(frozen=True)
class Anatomy:
    """Every part of N faces, in the face frame; painters and landmarks read the same numbers."""

    pose: Pose
    lighting: Lighting
    head: Head
    hair: Hair
    brows: tuple[Brow, ...]
    eyes: tuple[Eye, ...]
    nose: Nose
    mouth: Mouth

    @classmethod
    def from_parameters(cls, parameters: FaceParameters) -> Anatomy:
        """Build all parts."""
        pose = Pose.from_parameters(parameters)
        head = Head.from_parameters(parameters, pose)
        return cls(
            pose=pose,
            lighting=Lighting.from_parameters(parameters),
            head=head,
            hair=Hair.from_parameters(parameters, head),
            brows=tuple(Brow.from_parameters(parameters, pose, side) for side in SIDES),
            eyes=tuple(Eye.from_parameters(parameters, pose, side) for side in SIDES),
            nose=Nose.from_parameters(parameters, pose),
            mouth=Mouth.from_parameters(parameters, pose),
        )

    def landmarks(self, side: int) -> Tensor:
        """Return the 81 points in pixels of an image of ``side``, (N, 81, 2)."""
        parts = (
            self.head.jaw_points(),
            *(brow.points() for brow in self.brows),
            self.nose.points(),
            *(eye.points() for eye in self.eyes),
            self.mouth.points(),
            self.hair.points(self.head),
        )
        return self.pose.to_pixels(torch.cat(parts, dim=1), side)
