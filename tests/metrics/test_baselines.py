import numpy as np
import pytest
import torch
from PIL import Image

from fcsrlib.errors import ContractError
from fcsrlib.metrics import bicubic_baseline, telea_baseline


@pytest.fixture
def lr_faces():
    """Return 8-bit images (2, 3, 16, 16) in [0, 1]."""
    generator = torch.Generator().manual_seed(0)
    return torch.randint(0, 256, (2, 3, 16, 16), generator=generator) / 255


@pytest.fixture
def hole_mask():
    """Return a centred hole of a quarter of the area."""
    hole = torch.zeros(2, 1, 16, 16)
    hole[..., 4:12, 4:12] = 1
    return hole


@pytest.mark.parametrize("scale", [4, 8])
def test_bicubic_agrees_with_pillow(lr_faces, scale):
    side = 16 * scale
    channels = lr_faces.flatten(0, 1).numpy()
    # Pillow's float mode, one channel at a time: its 8-bit mode clips between its two passes.
    resized = [Image.fromarray(c).resize((side, side), Image.Resampling.BICUBIC) for c in channels]
    expected = torch.from_numpy(np.stack([np.asarray(image) for image in resized])).clamp(0, 1)
    assert torch.allclose(bicubic_baseline(lr_faces, scale).flatten(0, 1), expected, atol=1e-5)


def test_bicubic_keeps_a_flat_image():
    flat = torch.full((1, 3, 4, 4), 0.3)
    assert torch.allclose(bicubic_baseline(flat, 8), torch.full((1, 3, 32, 32), 0.3))


def test_telea_leaves_visible_pixels_untouched(lr_faces, hole_mask):
    filled = telea_baseline(lr_faces * (1 - hole_mask), hole_mask)
    visible = hole_mask.expand_as(filled) == 0
    assert torch.equal(filled[visible], lr_faces[visible])


def test_telea_continues_a_flat_image_into_the_hole(hole_mask):
    flat = torch.full((2, 3, 16, 16), 51 / 255)
    assert torch.allclose(telea_baseline(flat * (1 - hole_mask), hole_mask), flat, atol=2.01 / 255)


def test_telea_ignores_what_stands_in_the_hole(lr_faces, hole_mask):
    one = telea_baseline(lr_faces * (1 - hole_mask), hole_mask)
    two = telea_baseline(lr_faces * (1 - hole_mask) + hole_mask, hole_mask)
    assert torch.equal(one, two)


def test_a_mask_of_another_size_is_refused(lr_faces):
    with pytest.raises(ContractError, match=r"hole_mask \(2, 1, 8, 8\)"):
        telea_baseline(lr_faces, torch.zeros(2, 1, 8, 8))
