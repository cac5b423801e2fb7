import math

import pytest
import torch

from fcsrlib.data.heatmaps import known_landmarks, make_heatmaps

NAN = float("nan")


def test_maps_equal_a_slow_loop():
    landmarks = torch.tensor([[[3.2, 9.7], [15.0, 0.0]], [[7.5, 7.5], [-3.0, 20.0]]])
    maps = make_heatmaps(landmarks, 16, 8, sigma_px=1.3)
    assert maps.shape == (2, 2, 8, 8)
    for face in range(2):
        for point in range(2):
            x, y = ((value + 0.5) / 2 - 0.5 for value in landmarks[face, point].tolist())
            for row in range(8):
                for column in range(8):
                    distance = (column - x) ** 2 + (row - y) ** 2
                    expected = math.exp(-distance / (2 * 1.3**2))
                    assert maps[face, point, row, column].item() == pytest.approx(
                        expected, abs=1e-6
                    )


def test_the_peak_is_one_on_a_pixel_of_the_map():
    maps = make_heatmaps(torch.tensor([[[20.5, 40.5]]]), 128, 64)
    assert maps.max() == 1 and maps[0, 0, 20, 10] == 1
    assert maps[0, 0, 20, 11].item() == pytest.approx(math.exp(-0.5))


def test_the_centre_of_mass_is_the_landmark():
    maps = make_heatmaps(torch.tensor([[[51.3, 70.8]]]), 128, 64)[0, 0]
    grid = torch.arange(64.0)
    x, y = (maps.sum(0) * grid).sum() / maps.sum(), (maps.sum(1) * grid).sum() / maps.sum()
    assert 2 * x + 0.5 == pytest.approx(51.3, abs=1e-3)
    assert 2 * y + 0.5 == pytest.approx(70.8, abs=1e-3)


def test_unknown_landmarks_leave_an_empty_map():
    landmarks = torch.tensor([[[NAN, NAN], [NAN, 5.0], [float("inf"), 5.0], [4.0, 4.0]]])
    maps = make_heatmaps(landmarks, 16, 8)
    assert torch.isfinite(maps).all()
    assert (maps.amax((2, 3)) > 0).tolist() == [[False, False, False, True]]


def test_mirroring_the_landmark_mirrors_the_map():
    there = make_heatmaps(torch.tensor([[[30.3, 50.0]]]), 128, 64)
    back = make_heatmaps(torch.tensor([[[127 - 30.3, 50.0]]]), 128, 64)
    torch.testing.assert_close(there.flip(-1), back, atol=1e-5, rtol=0)


def test_points_are_known_where_finite_and_inside():
    points = [[0, 0], [-0.5, 3], [-0.6, 3], [15.4, 15.4], [15.5, 3], [3, 16], [NAN, 3]]
    known = known_landmarks(torch.tensor([points]), 16)
    assert known.tolist() == [[True, True, False, True, False, False, False]]
