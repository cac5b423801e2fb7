"""Makes the photographs of this folder: small, and each face partly hidden.

From two portraits that NASA and the U.S. Navy have put into the public domain, as scikit-image and
matplotlib carry them. What hides the faces is drawn as for the training of ``mask_net``, at seeds
that training does not use. Needs the extras ``dev`` and ``photo``: python make_examples.py
"""

from pathlib import Path

import cv2
import numpy as np
from matplotlib import cbook
from numpy.typing import NDArray
from skimage import data

from fcsrlib.data.align_face import AlignFace
from fcsrlib.data.sample import make_sample
from fcsrlib.data.similarity import fit_similarity
from fcsrlib.degradation.occluders import DrawOccluder
from fcsrlib.inference.image_io import read_any, save_image
from fcsrlib.inference.photo.face_finder import FaceFinder
from fcsrlib.inference.photo.frame import frame_by_points

HERE = Path(__file__).parent
Image = NDArray[np.uint8]


def hide(photo: Image, kind: str, seed: int) -> Image:
    """Return the photograph with its face behind an occluder of ``kind``."""
    points = FaceFinder("hog").find_all(photo)[0].points
    side = round(frame_by_points(points).side_px * 144 / 128)
    face = AlignFace(side=side).apply(make_sample("face", photo, landmarks=points), {})
    drawing = DrawOccluder(kinds=(kind,), probability=1.0, second=0.0, compression=0.0)
    covered = drawing.apply(face, drawing.draw(face, np.random.default_rng(seed)))
    matrix = fit_similarity(points.astype(np.float64), face["landmarks"].astype(np.float64))
    size = (photo.shape[1], photo.shape[0])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    drawn = cv2.warpAffine(covered["hr_target"], matrix, size, flags=flags)
    share = cv2.warpAffine(covered["occluder_mask"] * np.float32(1), matrix, size, flags=flags)
    mixed = photo + (drawn.astype(np.float32) - photo) * share[:, :, None]
    return np.asarray(mixed.round().clip(0, 255), np.uint8)


def cut(photo: Image, top: int, left: int, side: int, side_px: int) -> Image:
    """Return a square of the photograph, shrunk to ``side_px``."""
    square = photo[top : top + side, left : left + side]
    size = (side_px, side_px)
    return np.asarray(cv2.resize(square, size, interpolation=cv2.INTER_AREA), np.uint8)


def main() -> None:
    """Write the three photographs."""
    collins = data.astronaut()
    with cbook.get_sample_data("grace_hopper.jpg") as file:
        hopper = read_any(Path(file.name)).pixels
    save_image(cut(hide(collins, "face_mask", 3), 0, 60, 340, 80), HERE / "collins.png")
    save_image(cut(hide(hopper, "sunglasses", 2), 0, 10, 500, 80), HERE / "hopper.png")
    pair = [
        cut(hide(hopper, "face_mask", 1), 0, 10, 500, 64),
        cut(hide(collins, "block", 3), 0, 60, 340, 64),
    ]
    save_image(np.hstack(pair), HERE / "pair.png")


if __name__ == "__main__":
    main()
