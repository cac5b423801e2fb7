import torch

from fcsrlib.models.mask_picture import draw_mask


def test_only_what_is_covered_and_its_outline_change():
    image, mask = torch.full((1, 3, 9, 9), 0.25), torch.zeros(1, 1, 9, 9)
    assert torch.equal(draw_mask(image, mask), image)
    mask[..., 3:6, 3:6] = 1
    picture = draw_mask(image, mask)
    assert (picture[0, :, 2, 2] == 1).all() and (picture[0, :, 0, 0] == 0.25).all()
    inside = picture[0, :, 4, 4]
    assert inside[0] > 0.5 and inside[1] < 0.25
