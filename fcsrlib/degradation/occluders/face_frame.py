"""Where an occluder goes: a face's own frame and outline, by landmarks or the mean face."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fcsrlib.data.landmarks import LEFT_EYE, MOUTH, RIGHT_EYE
from fcsrlib.data.sample import ALIGNED_SIDE, FACE_SIDE

Points = NDArray[np.float32]

_JAW, _BRIDGE = range(17), range(27, 31)

# x, y in the 144x144 of aligned faces: means over 9,536 faces in CelebA's geometry, made symmetric.
_HALF_JAW = ((36.1, 76.3), (36.4, 83.9), (36.8, 91.6), (40.1, 108.6), (43.4, 115.6), (47.1, 120.7),
             (56.0, 128.4), (65.5, 133.2))  # fmt: skip
_MEAN_JAW = (*_HALF_JAW, (72.0, 133.9), *((144 - x, y) for x, y in reversed(_HALF_JAW)))
_MEAN_BRIDGE = ((72.0, 72.8), (72.0, 80.4), (72.0, 87.6), (72.0, 92.1))
_MEAN_CENTRES = ((56.1, 74.3), (87.8, 74.4), (72.0, 110.4))


class FaceFrame(NamedTuple):
    """The places of a face that occluders are drawn by, x, y in pixels of the image.

    Attributes:
        jaw: (17, 2), from the image's left ear over the chin to its right ear.
        bridge: (4, 2), down the nose.
        eyes: (2, 2), centre of the eye on the image's left, then of that on its right.
        mouth: (2,), centre of the lips.
    """

    jaw: Points
    bridge: Points
    eyes: Points
    mouth: Points

    @property
    def unit(self) -> float:
        """Return the distance of the eyes' centres, in pixels: the unit of all lengths."""
        return max(float(np.hypot(*(self.eyes[1] - self.eyes[0]))), 1.0)

    @property
    def axes(self) -> Points:
        """Return one unit along the eyes and one down the face, as rows (2, 2)."""
        across = self.eyes[1] - self.eyes[0]
        return np.array([across, (-across[1], across[0])], np.float32)

    def at(self, places: object) -> Points:
        """Return image points of ``places`` (..., 2) in units, from between the eyes, y down."""
        centre = self.eyes.mean(0)
        return centre + np.asarray(places, np.float32) @ self.axes

    def along_jaw(self, places: object, outwards: float | NDArray[np.floating] = 1.0) -> Points:
        """Return points of the outline at fractional jaw numbers, moved away from the face.

        Args:
            places: (P,) in [0, 16].
            outwards: Factor of the distance to the middle between eyes and mouth; one, or (P,).
        """
        wanted, numbers = np.asarray(places, np.float32), np.arange(17)
        on_jaw = np.stack([np.interp(wanted, numbers, self.jaw[:, axis]) for axis in (0, 1)], -1)
        centre = (self.eyes.mean(0) + self.mouth) / 2
        stretched: Points = centre + (on_jaw - centre) * np.asarray(outwards)[..., None]
        return stretched.astype(np.float32)

    def along_bridge(self, place: float) -> Points:
        """Return the point of the nose at ``place``, 0 between the eyes to 3 at its tip."""
        return np.array(
            [np.interp(place, np.arange(4), self.bridge[:, axis]) for axis in (0, 1)], np.float32
        )

    def jitter(self, rng: np.random.Generator, amount: float) -> FaceFrame:
        """Return the frame turned, scaled and moved a little, about the middle of the face.

        Args:
            rng: Source of all choices.
            amount: Standard deviation: of the turn in radians, of the scale, of the shift in units.
        """
        angle, grow, *shift = rng.normal(0, amount, 4)
        cosine, sine = (1 + grow) * np.cos(angle), (1 + grow) * np.sin(angle)
        turn = np.array([[cosine, sine], [-sine, cosine]], np.float32)
        centre = self.eyes.mean(0)
        moved = centre + np.array(shift, np.float32) * self.unit
        return FaceFrame(*((points - centre) @ turn + moved for points in self))


def find_frame(landmarks: NDArray[np.floating], side: int) -> FaceFrame:
    """Return the frame of a face.

    Args:
        landmarks: (81, 2) or (68, 2), x, y in pixels; where one of those needed is NaN, and in
            other schemes, the mean face stands in.
        side: Side of the image: 144 is taken as the whole aligned face, any other as its central
            part, 128 of 144.
    """
    if len(landmarks) in (68, 81):
        found = FaceFrame(
            np.asarray(landmarks[[*_JAW]], np.float32),
            np.asarray(landmarks[[*_BRIDGE]], np.float32),
            np.stack([landmarks[[*eye]].mean(0) for eye in (RIGHT_EYE, LEFT_EYE)]).astype("f4"),
            landmarks[[*MOUTH]].mean(0).astype("f4"),
        )
        if all(np.isfinite(points).all() for points in found):
            return found
    margin = 0 if side == ALIGNED_SIDE else (ALIGNED_SIDE - FACE_SIDE) / 2
    scale = side / (ALIGNED_SIDE - 2 * margin)
    jaw, bridge, centres = (
        ((np.array(points) + 0.5 - margin) * scale - 0.5).astype(np.float32)
        for points in (_MEAN_JAW, _MEAN_BRIDGE, _MEAN_CENTRES)
    )
    return FaceFrame(jaw, bridge, centres[:2], centres[2])
