import numpy as np
import torch

from fcsrlib.evaluation.identification.augmentation import augment


def test_each_face_is_one_of_its_shifts_or_their_mirror_images():
    faces = torch.randint(0, 256, (12, 16, 16), generator=torch.Generator().manual_seed(0)).byte()
    moved = augment(faces, np.random.default_rng(0))
    assert moved.shape == (12, 1, 16, 16) and 0 <= moved.min() and moved.max() <= 1
    found = []
    for face, image in zip(faces, moved[:, 0], strict=True):
        padded = np.pad(face.numpy(), 4, mode="edge")
        choices = {
            (down, across, mirrored): window[:, ::-1] if mirrored else window
            for down in range(9)
            for across in range(9)
            for mirrored in (False, True)
            for window in [padded[down : down + 16, across : across + 16]]
        }
        pixels = (image * 255).round().byte().numpy()
        found.append([key for key, one in choices.items() if np.array_equal(one, pixels)])
    assert all(len(keys) == 1 for keys in found)
    assert len({keys[0] for keys in found}) > 6


def test_the_same_numbers_give_the_same_change():
    faces = torch.arange(2 * 64).reshape(2, 8, 8).byte()
    one, again = (augment(faces, np.random.default_rng(3)) for _ in range(2))
    assert torch.equal(one, again)
