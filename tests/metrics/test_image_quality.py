import itertools
import math

import pytest
import torch
import torch.nn.functional as F
from skimage.color import rgb2ycbcr
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

from fcsrlib.errors import ContractError
from fcsrlib.metrics import ImageQuality, image_quality, telea_baseline
from fcsrlib.registry import METRICS


def make_samples(num=5, has_sr=True):
    """Make samples of smooth random images with holes; the second has none."""
    generator = torch.Generator().manual_seed(0)
    samples = []
    for index in range(num):
        coarse = torch.rand(1, 3, 5, 5, generator=generator)
        target = F.interpolate(coarse, size=(64, 64), mode="bicubic").clamp(0, 1)
        target = (target * 255).round() / 255
        lr_target = F.interpolate(target, size=(16, 16), mode="area")[0]
        hole = torch.zeros(1, 16, 16)
        if index != 1:
            hole[:, 4 : 8 + index, 4:12] = 1
        noise = torch.randn(3, 64, 64, generator=generator)
        samples.append(
            {
                "name": f"{index}.jpg",
                "lr_target": lr_target,
                "lr_masked": lr_target * (1 - hole),
                "hole_mask": hole,
                "lr_completed": lr_target + 0.1,
                "lr_composite": lr_target + 0.1 * hole,
                "hr_restored": target[0] + 0.05 * noise if has_sr else None,
                "hr_target": target[0],
            }
        )
    return samples


def evaluate(samples, batch_size=2, **arguments):
    metric = ImageQuality(**arguments)
    for start in range(0, len(samples), batch_size):
        metric.process(None, samples[start : start + batch_size])
    return metric.evaluate(len(samples))


def to_pixels(image):
    return (image.double().clamp(0, 1) * 255).round().permute(1, 2, 0).numpy() / 255


def test_means_agree_with_scikit_image_image_by_image():
    samples = make_samples()
    values = evaluate(samples, with_baselines=False)
    psnrs, mssims, holes = [], [], []
    for sample in samples:
        ours, target = to_pixels(sample["hr_restored"]), to_pixels(sample["hr_target"])
        psnrs.append(peak_signal_noise_ratio(target, ours, data_range=1))
        mssims.append(
            structural_similarity(
                target,
                ours,
                gaussian_weights=True,
                sigma=1.5,
                use_sample_covariance=False,
                data_range=1,
                channel_axis=2,
            )
        )
        hole = sample["hole_mask"][0].repeat_interleave(4, 0).repeat_interleave(4, 1) == 1
        if hole.any():
            holes.append(peak_signal_noise_ratio(target[hole], ours[hole], data_range=1))
    assert len(holes) == 4
    assert values["psnr"] == pytest.approx(sum(psnrs) / 5, abs=1e-9)
    assert values["mssim"] == pytest.approx(sum(mssims) / 5, abs=1e-9)
    assert values["hole_psnr"] == pytest.approx(sum(holes) / 4, abs=1e-9)
    assert values["num_images"] == 5


def test_a_face_without_a_completion_at_low_resolution_is_scored_at_the_restored_size_alone():
    samples = [{**sample, "lr_composite": None} for sample in make_samples(2)]
    values, full = evaluate(samples), evaluate(make_samples(2))
    assert "lr_psnr" not in values
    assert values == {name: value for name, value in full.items() if name in values}
    assert values["psnr"] == full["psnr"]


@pytest.mark.parametrize("crop_px", [0, 5])
@pytest.mark.parametrize("channel", ["rgb", "y"])
def test_every_channel_crop_and_region_agrees_with_scikit_image(channel, crop_px):
    sample = make_samples(1)[0]
    inner = slice(crop_px, 64 - crop_px)
    ours, target = (
        (pixels if channel == "rgb" else rgb2ycbcr(pixels)[..., :1] / 255)[inner, inner]
        for pixels in (to_pixels(sample["hr_restored"]), to_pixels(sample["hr_target"]))
    )
    hole = sample["hole_mask"][0].numpy().repeat(4, 0).repeat(4, 1)[inner, inner] == 1
    expected = {
        "psnr": peak_signal_noise_ratio(target, ours, data_range=1),
        "hole_psnr": peak_signal_noise_ratio(target[hole], ours[hole], data_range=1),
        "visible_psnr": peak_signal_noise_ratio(target[~hole], ours[~hole], data_range=1),
        "mssim": structural_similarity(
            target,
            ours,
            gaussian_weights=True,
            sigma=1.5,
            use_sample_covariance=False,
            data_range=1,
            channel_axis=2,
        ),
    }
    values = evaluate(
        [sample],
        channel=channel,
        crop_px=crop_px,
        with_baselines=False,
        regions=["whole", "hole", "visible"],
    )
    assert {name: values[name] for name in expected} == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize(
    ("regions", "names"),
    [
        (["whole"], {"psnr", "mssim"}),
        (["hole", "visible"], {"hole_psnr", "visible_psnr"}),
    ],
)
def test_only_the_regions_asked_for_are_reported_of_references_too(regions, names):
    values = evaluate(make_samples(2), regions=regions)
    at_hr = {name for name in values if "lr_" not in name} - {"num_images"}
    assert at_hr == names | {f"{r}/{n}" for r in ("bicubic", "telea_bicubic") for n in names}


def test_a_composite_wrong_by_one_tenth_in_the_hole_by_hand():
    samples = make_samples(1)
    samples[0]["lr_target"] = torch.full((3, 16, 16), 0.2)
    samples[0]["lr_composite"] = samples[0]["lr_target"] + 0.2 * samples[0]["hole_mask"]
    values = evaluate(samples, with_baselines=False)
    assert values["lr_hole_psnr"] == pytest.approx(-20 * math.log10(0.2))
    assert values["lr_psnr"] == pytest.approx(-20 * math.log10(0.2) + 10 * math.log10(256 / 32))


@pytest.mark.parametrize("channel", ["rgb", "y"])
def test_every_batch_size_gives_the_same_numbers(channel):
    samples = make_samples()
    expected = evaluate(samples, batch_size=1, channel=channel)
    for batch_size in (2, 5):
        assert evaluate(samples, batch_size, channel=channel) == pytest.approx(expected, abs=1e-12)


def test_processes_that_share_the_images_give_the_same_numbers():
    samples = make_samples()
    # Two processes get every second image, the last one padded with the first again.
    ranks = [ImageQuality(), ImageQuality()]
    ranks[0].process(None, samples[0::2])
    ranks[1].process(None, [*samples[1::2], samples[0]])
    pairs = zip(ranks[0].results, ranks[1].results, strict=True)
    joined = list(itertools.chain.from_iterable(pairs))[: len(samples)]
    assert ranks[0].compute_metrics(joined) == pytest.approx(evaluate(samples), abs=1e-12)


def test_references_are_reported_beside_ours():
    samples = make_samples()
    values = evaluate(samples)
    assert set(values) == {
        *("lr_psnr", "lr_hole_psnr", "psnr", "mssim", "hole_psnr", "num_images"),
        *("bicubic/psnr", "bicubic/mssim", "bicubic/hole_psnr"),
        *("telea/lr_psnr", "telea/lr_hole_psnr"),
        *("telea_bicubic/psnr", "telea_bicubic/mssim", "telea_bicubic/hole_psnr"),
    }
    assert values["telea_bicubic/hole_psnr"] > values["bicubic/hole_psnr"]


def test_a_stage_without_sr_reports_lr_and_references_only():
    samples = make_samples(has_sr=False)
    del samples[0]["hr_restored"]
    values = evaluate(samples)
    assert "psnr" not in values
    assert values["lr_psnr"] == evaluate(make_samples())["lr_psnr"]
    assert "telea_bicubic/psnr" in values


def test_references_are_computed_once_for_each_face_and_hole(monkeypatch):
    calls = []

    def count(lr_masked, hole_mask):
        calls.append(len(lr_masked))
        return telea_baseline(lr_masked, hole_mask)

    monkeypatch.setattr(image_quality, "telea_baseline", count)
    samples, metric = make_samples(), ImageQuality()
    metric.process(None, samples)
    first = metric.evaluate(5)
    metric.process(None, samples[:3])
    metric.process(None, samples[3:])
    assert metric.evaluate(5) == pytest.approx(first, abs=1e-12)
    assert calls == [5]
    samples[2]["hole_mask"] = torch.ones(1, 16, 16)
    metric.process(None, samples)
    assert calls == [5, 1]


def test_perfect_images_are_capped_and_values_beyond_the_range_are_clamped():
    samples = make_samples(1)
    samples[0]["hr_restored"] = samples[0]["hr_target"] = torch.ones(3, 64, 64)
    samples[0]["hr_restored"] = samples[0]["hr_restored"] + 3
    values = evaluate(samples, with_baselines=False)
    assert values["psnr"] == 100
    assert values["mssim"] == pytest.approx(1)


def test_no_hole_anywhere_is_not_a_number():
    values = evaluate(make_samples()[1:2], with_baselines=False)
    assert math.isnan(values["hole_psnr"])
    assert math.isfinite(values["psnr"])


def test_a_border_is_left_out_at_hr():
    samples = make_samples(1)
    samples[0]["hr_restored"] = samples[0]["hr_target"].clone()
    samples[0]["hr_restored"][:, :4] = 0
    assert evaluate(samples, crop_px=4)["psnr"] == 100
    assert evaluate(samples, crop_px=3)["psnr"] < 50


def test_the_protocol_names_what_the_numbers_mean():
    assert (
        ImageQuality().protocol == "RGB, crop 0 px, MSSIM Wang et al. 2004 11x11 sigma 1.5, 8-bit"
    )
    assert ImageQuality("y", 4).protocol.startswith("Y (BT.601, 16-235), crop 4 px")


def test_it_is_built_by_name_and_puts_its_prefix_first():
    metric = METRICS.build({"type": "ImageQuality", "prefix": "y", "channel": "y"})
    metric.process(None, make_samples(2))
    assert {"y/psnr", "y/telea/lr_psnr", "y/num_images"} <= set(metric.evaluate(2))


def test_bad_input_is_refused():
    with pytest.raises(ContractError, match="channel is 'lab'; expected 'rgb' or 'y'"):
        ImageQuality("lab")
    with pytest.raises(ContractError, match="crop_px is -1"):
        ImageQuality(crop_px=-1)
    for regions in (["nose"], [], "hole"):
        with pytest.raises(ContractError, match="expected a list out of 'whole', 'hole', 'visib"):
            ImageQuality(regions=regions)
    samples = make_samples(2)
    samples[1]["hr_target"] = torch.zeros(3, 32, 32)
    with pytest.raises(ContractError, match="differ in size: hr_target .* batch size of 1"):
        ImageQuality().process(None, samples)
    del samples[1]["lr_masked"]
    with pytest.raises(ContractError, match="a sample has no 'lr_masked'"):
        ImageQuality().process(None, samples)
