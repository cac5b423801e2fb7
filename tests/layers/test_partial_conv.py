import pytest
import torch
from torch import Tensor
from torch.nn import functional

from fcsrlib.layers.partial_conv import Masked, PartialConv2d, measure_coverage, partial_conv2d


def _make_group(generator: torch.Generator, channels: int, side: int = 7) -> Masked:
    features = torch.randn(2, channels, side, side, generator=generator, dtype=torch.float64)
    visible = (torch.rand(2, 1, side, side, generator=generator) > 0.6).double()
    visible[:, :, :4, :4] = 0  # a hole as large as some windows
    return Masked(features, visible)


def _convolve_slowly(
    groups: list[Masked], weight: Tensor, bias: Tensor | None, stride: int, padding: int
) -> tuple[Tensor, Tensor]:
    """Walk over the windows with a mask for every channel, as the paper's equation says."""
    image = torch.cat([g.features for g in groups], 1)
    mask = torch.cat([g.visible_mask.expand_as(g.features) for g in groups], 1)
    image, mask = (functional.pad(part, [padding] * 4) for part in (image, mask))
    filters, _, kernel, _ = weight.shape
    side = (image.shape[-1] - kernel) // stride + 1
    output = torch.zeros(len(image), filters, side, side, dtype=image.dtype)
    updated = torch.zeros(len(image), 1, side, side, dtype=image.dtype)
    for n in range(len(image)):
        for row in range(side):
            for column in range(side):
                top, left = row * stride, column * stride
                x = image[n, :, top : top + kernel, left : left + kernel]
                m = mask[n, :, top : top + kernel, left : left + kernel]
                if m.sum() == 0:
                    continue
                updated[n, 0, row, column] = 1
                for k in range(filters):
                    value = (weight[k] * x * m).sum() * m.numel() / m.sum()
                    output[n, k, row, column] = value + (0 if bias is None else bias[k])
    return output, updated


@pytest.mark.parametrize("channels", [(3,), (4, 3), (5, 1, 2)])
@pytest.mark.parametrize(("kernel", "stride"), [(3, 1), (5, 2), (7, 2)])
@pytest.mark.parametrize("has_bias", [True, False])
def test_equals_a_slow_loop_with_a_mask_for_every_channel(
    channels: tuple[int, ...], kernel: int, stride: int, has_bias: bool
) -> None:
    generator = torch.Generator().manual_seed(kernel)
    groups = [_make_group(generator, count) for count in channels]
    shape = (4, sum(channels), kernel, kernel)
    weight = torch.randn(shape, generator=generator, dtype=torch.float64)
    bias = torch.randn(4, generator=generator, dtype=torch.float64) if has_bias else None

    output, visible = partial_conv2d(groups, weight, bias, stride, kernel // 2)

    wanted, wanted_visible = _convolve_slowly(groups, weight, bias, stride, kernel // 2)
    torch.testing.assert_close(output, wanted, rtol=1e-12, atol=1e-12)
    assert torch.equal(visible, wanted_visible)


def test_one_visible_pixel_of_nine_counts_nine_times() -> None:
    image, visible = torch.zeros(1, 1, 3, 3), torch.zeros(1, 1, 3, 3)
    image[0, 0, 0, 2], visible[0, 0, 0, 2] = 0.25, 1.0

    output, updated = partial_conv2d([Masked(image, visible)], torch.ones(1, 1, 3, 3))

    assert output.item() == pytest.approx(9 * 0.25)
    assert updated.item() == 1.0


def test_all_visible_equals_an_ordinary_convolution_away_from_the_border() -> None:
    torch.manual_seed(0)
    layer = PartialConv2d(in_channels=3, out_channels=4, kernel_size=5)
    image = torch.randn(2, 3, 9, 9)

    output, visible = layer(Masked(image, torch.ones(2, 1, 9, 9)))

    inner = (..., slice(2, -2), slice(2, -2))
    torch.testing.assert_close(output[inner], layer.conv(image), rtol=1e-5, atol=1e-5)
    assert visible.min() == 1


def test_zero_padding_counts_as_unknown() -> None:
    ones = torch.ones(1, 1, 4, 4)

    output, _ = partial_conv2d([Masked(ones, ones)], torch.ones(1, 1, 3, 3), padding=1)

    torch.testing.assert_close(output, torch.full_like(output, 9.0))


def test_coverage_weighs_masks_by_their_channels() -> None:
    seen, hidden = torch.ones(1, 1, 2, 2), torch.zeros(1, 1, 2, 2)
    groups = [Masked(torch.zeros(1, 3, 2, 2), seen), Masked(torch.zeros(1, 1, 2, 2), hidden)]

    assert measure_coverage(groups, (2, 2)).item() == pytest.approx(0.75)


def test_content_of_the_hole_has_no_influence() -> None:
    generator = torch.Generator().manual_seed(3)
    group = _make_group(generator, 3)
    noise = 100 * torch.randn(group.features.shape, generator=generator, dtype=torch.float64)
    spoilt = Masked(group.features + noise * (1 - group.visible_mask), group.visible_mask)
    weight = torch.randn(2, 3, 3, 3, generator=generator, dtype=torch.float64)

    assert torch.equal(
        partial_conv2d([group], weight, padding=1).features,
        partial_conv2d([spoilt], weight, padding=1).features,
    )


def test_nothing_visible_gives_zero_and_finite_gradients() -> None:
    layer = PartialConv2d(in_channels=3, out_channels=4, kernel_size=3)
    image = torch.randn(1, 3, 6, 6, requires_grad=True)

    output, visible = layer(Masked(image, torch.zeros(1, 1, 6, 6)))
    output.sum().backward()

    assert output.abs().max() == 0
    assert visible.max() == 0
    assert image.grad is not None
    assert image.grad.abs().max() == 0
    assert all(p.grad is not None and p.grad.isfinite().all() for p in layer.parameters())


def test_gradients_are_those_of_the_formula() -> None:
    generator = torch.Generator().manual_seed(5)
    groups = [_make_group(generator, 2, 5), _make_group(generator, 1, 5)]
    weight = torch.randn(2, 3, 3, 3, generator=generator, dtype=torch.float64, requires_grad=True)
    bias = torch.randn(2, generator=generator, dtype=torch.float64, requires_grad=True)
    first = groups[0].features.requires_grad_()

    def convolve(features: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        parts = [Masked(features, groups[0].visible_mask), groups[1]]
        return partial_conv2d(parts, weight, bias, 1, 1).features

    assert torch.autograd.gradcheck(convolve, (first, weight, bias))


def test_bfloat16_autocast_keeps_the_mask_in_float32() -> None:
    torch.manual_seed(0)
    layer = PartialConv2d(in_channels=512, out_channels=4, kernel_size=3)
    visible = (torch.rand(1, 1, 8, 8) > 0.5).float()
    group = Masked(torch.randn(1, 512, 8, 8), visible)
    exact = layer(group)

    with torch.autocast("cpu", torch.bfloat16):
        rounded = layer(group)

    assert rounded.features.dtype == torch.bfloat16
    assert rounded.visible_mask.dtype == torch.float32
    assert torch.equal(rounded.visible_mask, exact.visible_mask)
    torch.testing.assert_close(rounded.features.float(), exact.features, rtol=0.03, atol=0.03)


def test_works_under_vmap() -> None:
    weight = torch.randn(2, 3, 3, 3)
    group = _make_group(torch.Generator().manual_seed(1), 3)
    image, visible = group.features.float(), group.visible_mask.float()

    def convolve(image: Tensor, visible: Tensor) -> Tensor:
        return partial_conv2d([Masked(image[None], visible[None])], weight, padding=1).features[0]

    together = partial_conv2d([Masked(image, visible)], weight, padding=1).features
    torch.testing.assert_close(torch.func.vmap(convolve)(image, visible), together)
