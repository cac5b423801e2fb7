import pytest
import torch

from fcsrlib.layers.hole_crop import crop_around_hole


def _make_coordinates(count: int, height: int, width: int) -> torch.Tensor:
    """Return images whose two channels hold the row and the column of each pixel."""
    rows, columns = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
    return torch.stack([rows, columns]).float().repeat(count, 1, 1, 1)


@pytest.mark.parametrize(
    ("hole", "corner"),
    [
        ((10, 14, 10, 14), (8, 8)),  # centred on the hole
        ((0, 2, 0, 2), (0, 0)),  # moved into the image at each corner
        ((18, 20, 28, 30), (12, 22)),
        ((0, 2, 28, 30), (0, 22)),
        ((0, 20, 0, 30), (6, 11)),  # larger than the square: its middle
        ((5, 6, 17, 18), (1, 13)),  # a single pixel, half a pixel off the centre of an even square
    ],
)
def test_square_lies_around_the_hole(
    hole: tuple[int, int, int, int], corner: tuple[int, int]
) -> None:
    top, bottom, left, right = hole
    hole_mask = torch.zeros(1, 1, 20, 30)
    hole_mask[:, :, top:bottom, left:right] = 1

    square = crop_around_hole(_make_coordinates(1, 20, 30), hole_mask, 8)

    assert square.shape == (1, 2, 8, 8)
    assert tuple(square[0, :, 0, 0].int().tolist()) == corner
    assert tuple(square[0, :, -1, -1].int().tolist()) == (corner[0] + 7, corner[1] + 7)


def test_agrees_with_a_loop_over_images() -> None:
    generator = torch.Generator().manual_seed(0)
    images = torch.rand(40, 3, 24, 24, generator=generator)
    hole_mask = torch.zeros(40, 1, 24, 24)
    wanted = []
    for index in range(40):
        top, left = torch.randint(0, 20, (2,), generator=generator).tolist()
        height, width = torch.randint(1, 5, (2,), generator=generator).tolist()
        hole_mask[index, :, top : top + height, left : left + width] = 1
        row = min(max((2 * top + height - 8) // 2, 0), 16)
        column = min(max((2 * left + width - 8) // 2, 0), 16)
        wanted.append(images[index, :, row : row + 8, column : column + 8])

    assert torch.equal(crop_around_hole(images, hole_mask, 8), torch.stack(wanted))


def test_an_irregular_hole_counts_by_its_bounding_box() -> None:
    hole_mask = torch.zeros(1, 1, 20, 20)
    hole_mask[0, 0, 4, 5] = hole_mask[0, 0, 12, 11] = hole_mask[0, 0, 5, 5] = 1

    square = crop_around_hole(_make_coordinates(1, 20, 20), hole_mask, 8)
    assert square[0, :, 0, 0].tolist() == [4, 4]


def test_without_a_hole_the_centre_is_taken() -> None:
    image = _make_coordinates(2, 20, 20)
    centre = image[:, :, 6:14, 6:14]

    assert torch.equal(crop_around_hole(image, None, 8), centre)
    assert torch.equal(crop_around_hole(image, torch.zeros(2, 1, 20, 20), 8), centre)


def test_a_square_of_the_images_own_side_is_the_image() -> None:
    image = torch.rand(2, 3, 16, 16)
    hole_mask = (torch.rand(2, 1, 16, 16) > 0.9).float()

    assert torch.equal(crop_around_hole(image, hole_mask, 16), image)


def test_gradients_flow_to_the_pixels_of_the_square_only() -> None:
    image = torch.rand(1, 1, 8, 8, dtype=torch.float64, requires_grad=True)
    hole_mask = torch.zeros(1, 1, 8, 8)
    hole_mask[0, 0, 2, 2] = 1

    crop_around_hole(image, hole_mask, 3).sum().backward()
    wanted = torch.zeros(8, 8, dtype=torch.float64)
    wanted[1:4, 1:4] = 1
    assert image.grad is not None
    assert torch.equal(image.grad[0, 0], wanted)


def test_masks_of_any_dtype_mean_the_same() -> None:
    image = torch.rand(2, 3, 16, 16)
    hole_mask = torch.zeros(2, 1, 16, 16)
    hole_mask[:, :, 1:5, 9:12] = 1
    wanted = crop_around_hole(image, hole_mask, 8)

    for dtype in (torch.bool, torch.uint8, torch.bfloat16):
        assert torch.equal(crop_around_hole(image, hole_mask.to(dtype), 8), wanted)
