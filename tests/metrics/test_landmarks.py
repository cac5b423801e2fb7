import math

import numpy as np
import pytest
import torch
from scipy.optimize import curve_fit

from fcsrlib.data.heatmaps import make_heatmaps
from fcsrlib.errors import ContractError
from fcsrlib.metrics import decode_heatmaps, landmark_error


@pytest.fixture
def points():
    """Return points all over an image of 128 px, borders included, (3, 81, 2)."""
    generator = torch.Generator().manual_seed(0)
    points = torch.rand(3, 81, 2, generator=generator, dtype=torch.float64) * 128 - 0.5
    points[0, :4] = torch.tensor([[-0.5, -0.5], [127.4, 0], [0, 127.4], [127.4, 127.4]])
    return points


@pytest.mark.parametrize("sigma_px", [1.0, 1.75])
def test_decoding_inverts_drawing_to_a_hundredth_of_a_pixel(points, sigma_px):
    maps = make_heatmaps(points.float(), 128, 64, sigma_px)
    assert (decode_heatmaps(maps, 128) - points).abs().max() < 0.01


def test_a_point_between_four_pixels_of_the_map_by_hand():
    # Pixel centres of the map lie at 0.5, 2.5, 4.5 in an image of twice its side.
    maps = make_heatmaps(torch.tensor([[[3.5, 0.5]]]), 8, 4)
    assert decode_heatmaps(maps, 8)[0, 0].tolist() == pytest.approx([3.5, 0.5], abs=1e-5)


def test_a_scaled_and_cropped_gaussian_has_its_place_still(points):
    maps = make_heatmaps(points.float(), 128, 64)
    assert torch.allclose(decode_heatmaps(0.3 * maps, 128), decode_heatmaps(maps, 128), atol=1e-4)


def test_an_unknown_landmark_is_decoded_as_unknown(points):
    points[1, 5, 0] = math.nan
    decoded = decode_heatmaps(make_heatmaps(points, 128, 64), 128)
    assert decoded[1, 5].isnan().all()
    assert decoded.isnan().sum() == 2


def test_noise_is_decoded_within_a_pixel_of_a_fitted_gaussian():
    generator = torch.Generator().manual_seed(0)
    place = torch.tensor([[[40.3, 77.8]]])
    drawn = make_heatmaps(place, 128, 64)
    noisy = (0.8 * drawn + 0.02 * torch.rand(drawn.shape, generator=generator)).double()

    def gaussian(grid, height, x, y):
        return height * np.exp(-((grid[0] - x) ** 2 + (grid[1] - y) ** 2) / 2)

    grid = np.mgrid[:64, :64].reshape(2, -1)[::-1]
    fitted, _ = curve_fit(gaussian, grid, noisy.flatten().numpy(), p0=(1, 20, 38))
    expected = torch.from_numpy((fitted[1:] + 0.5) * 2 - 0.5)
    assert (decode_heatmaps(noisy, 128)[0, 0] - expected).abs().max() < 0.1


def test_a_flat_map_gives_a_pixel_inside_it():
    decoded = decode_heatmaps(torch.full((1, 1, 4, 4), 0.5), 8)
    assert ((decoded >= -0.5) & (decoded < 7.5)).all()


def test_a_shift_of_a_tenth_of_the_eye_distance_by_hand():
    target = torch.zeros(1, 68, 2)
    target[0, 45] = torch.tensor([30.0, 40.0])  # the eyes are 50 px apart
    known = torch.ones(1, 68, dtype=torch.bool)
    points = target + torch.tensor([3.0, 4.0])
    assert landmark_error(points, target, known).item() == pytest.approx(0.1)
    assert landmark_error(points * 7, target * 7, known).item() == pytest.approx(0.1)


def test_only_known_points_count_and_unknown_may_be_nan():
    target = torch.zeros(2, 68, 2)
    target[:, 45, 0] = 10
    points = target.clone()
    points[:, 0, 1] = 6
    points[:, 1, 1] = 1000
    target[:, 1] = math.nan
    known = torch.zeros(2, 68, dtype=torch.bool)
    known[:, [0, 36, 45]] = True
    known[1, 36] = False
    errors = landmark_error(points, target, known)
    assert errors[0].item() == pytest.approx(6 / 3 / 10)
    assert errors[1].isnan(), "without an eye corner there is no unit"


def test_other_eye_corners_can_be_named():
    target = torch.tensor([[[0.0, 0], [4, 0], [2, 3]]])
    known = torch.ones(1, 3, dtype=torch.bool)
    points = target + torch.tensor([0.0, 1.0])
    assert landmark_error(points, target, known, eye_corners=(0, 1)).item() == pytest.approx(0.25)
    with pytest.raises(ContractError, match=r"eye_corners are \(36, 45\), but there are 3 points"):
        landmark_error(points, target, known)


def test_bad_shapes_are_refused():
    with pytest.raises(ContractError, match=r"expected \(N, K, s, s\) with s of at least 3"):
        decode_heatmaps(torch.zeros(1, 1, 4, 5), 8)
    with pytest.raises(ContractError, match=r"expected \(N, K, 2\) twice and \(N, K\)"):
        landmark_error(torch.zeros(1, 68, 2), torch.zeros(1, 68, 2), torch.ones(1, 67))
