import torch

from fcsrlib.models.prior_picture import draw_priors


def test_unknown_labels_and_empty_maps_leave_the_face_bare():
    image = torch.rand(2, 3, 8, 8)
    labels = torch.full((2, 8, 8), 255, dtype=torch.uint8)
    assert torch.equal(draw_priors(image, torch.zeros(2, 5, 4, 4), labels), image)


def test_a_part_is_tinted_and_a_landmark_is_white():
    image = torch.zeros(1, 3, 8, 8)
    labels = torch.full((1, 8, 8), 255)
    labels[:, :, 4:] = 1
    heatmaps = torch.zeros(1, 2, 8, 8)
    heatmaps[0, 1, 2, 1] = 1
    picture = draw_priors(image, heatmaps, labels)[0]
    assert picture[:, 2, 1].tolist() == [1, 1, 1]
    assert (picture[:, 0, 5] > 0).all() and picture[0, 0, 5] > picture[2, 0, 5]
    assert (picture[:, 0, 0] == 0).all()
