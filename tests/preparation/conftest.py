from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest


class CelebAFolder:
    """A tiny data set in CelebA's layout with all annotations."""

    def __init__(self, root: Path, splits: str) -> None:
        self.root = root
        rng = np.random.default_rng(0)
        self.names = [f"{number:06d}.jpg" for number in range(1, len(splits) + 1)]
        for folder in ("img_align_celeba", "labels"):
            (root / folder).mkdir(parents=True)
        for name in self.names:
            coarse = rng.integers(0, 256, (8, 8, 3), dtype=np.uint8)
            image = cv2.resize(coarse, (178, 218), interpolation=cv2.INTER_CUBIC)
            cv2.imwrite(str(self.image_path(name)), image)
            labels = rng.integers(0, 11, (16, 16), dtype=np.uint8)
            labels = cv2.resize(labels, (178, 218), interpolation=cv2.INTER_NEAREST)
            cv2.imwrite(str(self.label_path(name)), labels)
        self.label_path(self.names[1]).unlink()  # one is unknown
        points = rng.uniform(0, 178, (len(splits), 81, 2)).astype(np.float32)
        np.savez(root / "landmarks_81.npz", names=np.array(self.names), points=points)
        self.write("list_eval_partition.txt", splits)
        self.write("identity_CelebA.txt", range(len(splits)))

    def image_path(self, name: str) -> Path:
        return self.root / "img_align_celeba" / name

    def label_path(self, name: str) -> Path:
        return self.root / "labels" / f"{Path(name).stem}.png"

    def write(self, file: str, values) -> None:
        lines = [f"{name} {value}\n" for name, value in zip(self.names, values, strict=True)]
        (self.root / file).write_text("".join(lines))

    def truncate(self, name: str) -> None:
        path = self.image_path(name)
        path.write_bytes(path.read_bytes()[:-300])

    def forget(self) -> None:
        """Take landmarks and labels away."""
        (self.root / "landmarks_81.npz").unlink()
        for path in (self.root / "labels").iterdir():
            path.unlink()
        (self.root / "labels").rmdir()


@pytest.fixture
def make_celeba(tmp_path):
    def make(splits="0001122", name="celeba"):
        return CelebAFolder(tmp_path / name, splits)

    return make


@pytest.fixture
def celeba(make_celeba):
    return make_celeba()


@pytest.fixture
def read_all():
    """Return a function that reads all files below a folder but hidden ones."""

    def read(folder):
        return {
            path.relative_to(folder).as_posix(): path.read_bytes()
            for path in sorted(folder.rglob("*"))
            if path.is_file() and not any(part[0] == "." for part in path.parts[-2:])
        }

    return read


@pytest.fixture
def is_equal():
    """Return a function that compares two samples bit by bit."""

    def compare(one, other):
        return one.keys() == other.keys() and all(
            np.array_equal(one[key], other[key], equal_nan=key == "landmarks") for key in one
        )

    return compare
