import math

import numpy as np
import pytest
import torch
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

from fcsrlib.errors import ContractError
from fcsrlib.metrics import crop_border, mssim, psnr, quantise, to_luma


@pytest.fixture
def faces():
    """Return smooth random images and noisy versions of them, (3, 3, 40, 32)."""
    generator = torch.Generator().manual_seed(0)
    coarse = torch.rand(3, 3, 5, 4, generator=generator)
    target = torch.nn.functional.interpolate(coarse, size=(40, 32), mode="bilinear")
    noise = torch.randn(target.shape, generator=generator)
    return (target + 0.1 * noise).clamp(0, 1), target


def test_an_error_of_one_tenth_is_20_db():
    target = torch.zeros(2, 3, 4, 4, dtype=torch.float64)
    assert psnr(target + 0.1, target).tolist() == pytest.approx([20, 20])
    assert psnr(target + 25.5, target, data_range=255).tolist() == pytest.approx([20, 20])


def test_identical_images_are_capped_and_one_step_of_8_bits_is_below_the_cap():
    target = torch.zeros(1, 3, 128, 128)
    assert psnr(target, target) == 100
    image = target.clone()
    image[0, 0, 0, 0] = 1 / 255
    assert 95 < psnr(image, target) < 95.1


def test_only_the_region_counts():
    target, region = torch.zeros(2, 3, 4, 4), torch.zeros(2, 1, 4, 4)
    region[0, :, 1, 2] = 1
    image = target + 0.5
    image[0, :, 1, 2] = 0.1
    values = psnr(image, target, region=region)
    assert values[0].item() == pytest.approx(20, abs=1e-5)
    assert values[1].isnan()


def test_a_region_everywhere_is_no_region(faces):
    everywhere = torch.ones(3, 1, 40, 32)
    assert torch.allclose(psnr(*faces, region=everywhere), psnr(*faces))


def test_psnr_agrees_with_scikit_image(faces):
    for one, two, value in zip(*faces, psnr(*faces), strict=True):
        expected = peak_signal_noise_ratio(two.double().numpy(), one.double().numpy(), data_range=1)
        assert value.item() == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("channels", [1, 3])
def test_mssim_agrees_with_scikit_image(faces, channels):
    image, target = (value[:, :channels] for value in faces)
    for one, two, value in zip(image, target, mssim(image, target), strict=True):
        expected = structural_similarity(
            one.double().numpy(),
            two.double().numpy(),
            gaussian_weights=True,
            sigma=1.5,
            use_sample_covariance=False,
            data_range=1,
            channel_axis=0,
        )
        assert value.item() == pytest.approx(expected, abs=1e-9)


def test_mssim_of_two_flat_images_by_hand():
    image, target = torch.full((1, 3, 16, 16), 0.2), torch.full((1, 3, 16, 16), 0.6)
    expected = (2 * 0.2 * 0.6 + 1e-4) / (0.2**2 + 0.6**2 + 1e-4)
    assert mssim(image, target).item() == pytest.approx(expected, abs=1e-6)


def test_mssim_is_one_for_equal_images_and_symmetric(faces):
    image, target = faces
    assert mssim(target, target).tolist() == pytest.approx([1, 1, 1])
    assert torch.allclose(mssim(image, target), mssim(target, image))


def test_the_values_do_not_depend_on_the_batch(faces):
    for metric in (psnr, mssim):
        together = metric(*faces)
        alone = torch.cat([metric(*(value[i : i + 1] for value in faces)) for i in range(3)])
        assert torch.allclose(together, alone, rtol=0, atol=1e-12)


def test_luma_of_known_colours():
    colours = torch.tensor([[0.0, 0, 0], [1, 1, 1], [1, 0, 0], [0, 1, 0], [0, 0, 1]])
    luma = to_luma(colours[..., None, None]).flatten() * 255
    assert luma.tolist() == pytest.approx([16, 235, 81.481, 144.553, 40.966], abs=1e-9)


def test_luma_agrees_with_scikit_image(faces):
    from skimage.color import rgb2ycbcr

    rgb = faces[0][0].double()
    expected = rgb2ycbcr(rgb.permute(1, 2, 0).numpy())[..., 0]
    assert np.allclose(to_luma(rgb[None])[0, 0].numpy() * 255, expected, atol=1e-9)


def test_quantising_clamps_and_rounds():
    values = torch.tensor([-0.1, 0.5, 1.2, 1.4 / 255, 1.6 / 255])
    assert (quantise(values) * 255).tolist() == pytest.approx([0, 128, 255, 1, 2])


def test_cropping_keeps_the_middle():
    image = torch.arange(16.0).view(1, 1, 4, 4)
    assert crop_border(image, 1).flatten().tolist() == [5, 6, 9, 10]
    assert crop_border(image, 0).shape == image.shape


def test_bad_input_is_refused():
    image = torch.zeros(1, 3, 16, 16)
    with pytest.raises(ContractError, match="expected two of the same shape"):
        psnr(image, image[:, :1])
    with pytest.raises(
        ContractError, match=r"region is \(1, 3, 16, 16\); expected \(1, 1, 16, 16\)"
    ):
        psnr(image, image, region=image)
    with pytest.raises(ContractError, match="MSSIM needs sides of at least 11"):
        mssim(image[..., :10], image[..., :10])
    with pytest.raises(ContractError, match=r"expected RGB \(N, 3, H, W\)"):
        to_luma(image[:, :1])
    with pytest.raises(ContractError, match="crop_px is 8; expected 0 to 7"):
        crop_border(image, 8)
    assert math.isfinite(psnr(image, image))


def test_the_similarity_of_a_region_is_that_of_the_windows_around_its_pixels():
    rng = np.random.default_rng(3)
    image, target = (torch.from_numpy(rng.random((2, 3, 24, 24))) for _ in range(2))
    region = torch.zeros(2, 1, 24, 24)
    region[..., 12, 9] = 1
    expected = mssim(image[..., 7:18, 4:15], target[..., 7:18, 4:15])
    assert torch.allclose(mssim(image, target, region=region), expected)
    everything = torch.ones(2, 1, 24, 24)
    assert torch.allclose(mssim(image, target, region=everything), mssim(image, target))
    assert torch.isnan(mssim(image, target, region=0 * everything)).all()
    with pytest.raises(ContractError, match=r"region is \(2, 24, 24\); expected \(2, 1, 24, 24\)"):
        mssim(image, target, region=everything[:, 0])
