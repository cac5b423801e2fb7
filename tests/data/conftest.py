from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from fcsrlib.data import CelebA, SyntheticFaces
from fcsrlib.data.sample import make_sample


class CelebAFolder:
    """A tiny data set in CelebA's official layout, to be damaged at will."""

    def __init__(self, root: Path, splits: str = "0001122") -> None:
        self.root = root
        self.rng = np.random.default_rng(0)
        self.names = [f"{number:06d}.jpg" for number in range(1, len(splits) + 1)]
        (root / "img_align_celeba").mkdir(parents=True)
        for name in self.names:
            self.write_image(name, self.make_image())
        rows = [f"{name} {split}" for name, split in zip(self.names, splits, strict=True)]
        self.write("list_eval_partition.txt", rows)

    def make_image(self, height: int = 218, width: int = 178) -> np.ndarray:
        coarse = self.rng.integers(0, 256, (8, 8, 3), dtype=np.uint8)
        return cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)

    def image_path(self, name: str) -> Path:
        return self.root / "img_align_celeba" / name

    def write_image(self, name: str, image: np.ndarray) -> None:
        cv2.imwrite(str(self.image_path(name)), image[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 100])

    def truncate_image(self, name: str) -> None:
        path = self.image_path(name)
        path.write_bytes(path.read_bytes()[:-400])

    def write_labels(self, name: str, labels: np.ndarray, folder: str = "labels") -> Path:
        path = self.root / folder / (Path(name).stem + ".png")
        path.parent.mkdir(exist_ok=True)
        cv2.imwrite(str(path), labels)
        return path

    def write_points(self, points: np.ndarray, names: list[str] | None = None) -> Path:
        path = self.root / f"landmarks_{points.shape[1]}.npz"
        np.savez(path, names=np.array(names or self.names), points=points.astype(np.float32))
        return path

    def write(self, name: str, rows: list[str]) -> Path:
        path = self.root / name
        path.write_text("\n".join(rows) + "\n")
        return path

    def open(self, split: str = "train", **arguments: object) -> CelebA:
        return CelebA(self.root, split, **arguments)


@pytest.fixture
def celeba(tmp_path):
    return CelebAFolder(tmp_path / "celeba")


@pytest.fixture
def rng():
    return np.random.default_rng(7)


@pytest.fixture
def face(rng):
    """A sample as a source gives it, of unstructured content."""
    return make_sample(
        "face.png",
        rng.integers(0, 256, (144, 144, 3), dtype=np.uint8),
        rng.uniform(20, 120, (81, 2)).astype(np.float32),
        rng.integers(0, 11, (144, 144), dtype=np.uint8),
        identity=3,
    )


@pytest.fixture(scope="module")
def photos():
    """Four drawn faces of 192x192 with their 81 points and labels, as a data set's photographs."""
    faces = SyntheticFaces(num_faces=4, side=192, seed=5)
    return [faces.read(index) for index in range(4)]


def write_png(path: Path, image: np.ndarray) -> None:
    """Write RGB or gray, making the folders above."""
    path.parent.mkdir(parents=True, exist_ok=True)
    assert cv2.imwrite(str(path), image[..., ::-1] if image.ndim == 3 else image)
