"""Small sources of people."""

import cv2
import numpy as np
import pytest

from fcsrlib.errors import UndecodableImageError
from fcsrlib.registry import DATASETS


@DATASETS.register_module(force=True)
class PeopleFaces:
    """Faces of 32x32, each in the colour of its person; ``bad`` ones do not decode."""

    def __init__(self, counts=(3, 2, 1, 4), split="test", max_images=None, bad=(), first=0):
        people = np.repeat(np.arange(len(counts)), counts) + first
        self.identities = np.random.default_rng(0).permutation(people)[:max_images]
        self.names = [f"{split}_{index}.png" for index in range(len(self.identities))]
        self.bad = bad

    def __len__(self):
        return len(self.names)

    def read(self, index):
        if index in self.bad:
            raise UndecodableImageError(f"{self.names[index]} is damaged.")
        person = int(self.identities[index])
        colour = np.random.default_rng(person).integers(40, 216, (2, 2, 3)).repeat(16, 0)
        noise = np.random.default_rng([person, index]).integers(-20, 20, (32, 32, 3))
        return {
            "name": self.names[index],
            "hr_target": (colour.repeat(16, 1) + noise).astype(np.uint8),
            "landmarks": np.full((81, 2), np.nan, np.float32),
            "parsing": np.full((32, 32), 255, np.uint8),
            "identity": person,
        }


@pytest.fixture
def celeba_folder(tmp_path):
    """Return a folder in CelebA's layout with two test faces and no identities."""
    images = tmp_path / "celeba" / "img_align_celeba"
    images.mkdir(parents=True)
    for number in (1, 2):
        cv2.imwrite(str(images / f"00000{number}.jpg"), np.full((218, 178, 3), 90, np.uint8))
    (images.parent / "list_eval_partition.txt").write_text("000001.jpg 2\n000002.jpg 2\n")
    return images.parent


@pytest.fixture
def people_pair(make_pair):
    """Return a function that makes a pair whose test faces are of known people."""

    def people_pair(counts=(3, 2, 1, 4), bad=(), training=(3, 3), **options):
        config, path = make_pair(**options)
        test, train = config.test_dataloader.dataset, config.train_dataloader.dataset
        test.source = dict(type="PeopleFaces", counts=counts, bad=bad)
        train.source = dict(type="PeopleFaces", counts=training, split="train", first=50)
        return config, path

    return people_pair


@pytest.fixture
def options(toy_embedder):
    """Return options for an embedder that needs no tuning."""
    return {"embedder": toy_embedder, "gallery_draws": 4}
