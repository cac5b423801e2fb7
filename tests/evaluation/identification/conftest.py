"""Small sources of people."""

import cv2
import numpy as np
import pytest


@pytest.fixture
def celeba_folder(tmp_path):
    """Return a folder in CelebA's layout with two test faces and no identities."""
    images = tmp_path / "celeba" / "img_align_celeba"
    images.mkdir(parents=True)
    for number in (1, 2):
        cv2.imwrite(str(images / f"00000{number}.jpg"), np.full((218, 178, 3), 90, np.uint8))
    (images.parent / "list_eval_partition.txt").write_text("000001.jpg 2\n000002.jpg 2\n")
    return images.parent
