import numpy as np
import pytest
import torch
from PIL import Image

from fcsrlib.degradation import downsample, upsample_bicubic
from fcsrlib.errors import ConfigError, DataError

# Pillow rounds to 8 bits after each of its two passes.
ROUNDING = 1.3


@pytest.fixture
def picture(rng):
    coarse = Image.fromarray(rng.integers(0, 256, (24, 24, 3), dtype=np.uint8))
    return coarse.resize((128, 128), Image.Resampling.BILINEAR)


def to_tensor(picture):
    return torch.from_numpy(np.asarray(picture).copy()).permute(2, 0, 1)[None].float()


@pytest.mark.parametrize("scale", [2, 4, 8])
def test_shrinking_and_enlarging_agree_with_pillow(picture, scale):
    side = 128 // scale
    small = picture.resize((side, side), Image.Resampling.BICUBIC)
    ours = downsample(to_tensor(picture), scale).clamp(0, 255)
    assert (ours - to_tensor(small)).abs().max() <= ROUNDING
    large = small.resize((128, 128), Image.Resampling.BICUBIC)
    ours = upsample_bicubic(to_tensor(small), scale).clamp(0, 255)
    assert (ours - to_tensor(large)).abs().max() <= ROUNDING


@pytest.mark.parametrize("resize", [downsample, upsample_bicubic])
def test_a_plain_image_stays_plain(resize):
    plain = torch.full((2, 3, 16, 16), 0.3)
    assert (resize(plain, 4) - 0.3).abs().max() < 1e-6


def test_mirroring_and_shrinking_may_be_exchanged(picture):
    image = to_tensor(picture)
    one, other = downsample(image.flip(-1), 4), downsample(image, 4).flip(-1)
    torch.testing.assert_close(one, other, atol=1e-3, rtol=0)


def test_unknown_scales_and_odd_sides_are_refused():
    with pytest.raises(ConfigError, match="scale is 3; expected one of 2, 4, 8"):
        downsample(torch.zeros(1, 3, 12, 12), 3)
    with pytest.raises(ConfigError, match="scale is 16"):
        upsample_bicubic(torch.zeros(1, 3, 12, 12), 16)
    with pytest.raises(DataError, match="The image is 12x10; expected sides divisible by 4"):
        downsample(torch.zeros(1, 3, 10, 12), 4)
