import numpy as np
import pytest
import torch

from fcsrlib.data import CentreCrop, pack_faces
from fcsrlib.degradation import downsample
from fcsrlib.errors import ConfigError, DataError
from fcsrlib.registry import MODELS


@pytest.fixture
def batch(face):
    cropped = CentreCrop().apply(face, {})
    cropped["landmarks"][3] = np.nan
    hole = np.zeros((16, 16), np.uint8)
    hole[4:9, 2:7] = 1
    return pack_faces([{**cropped, "hole_mask": hole, "skipped": ["bad.jpg"]}] * 2)


def build(**arguments):
    return MODELS.build({"type": "FacePreprocessor", "scale": 8, **arguments})


def test_the_model_gets_the_documented_tensors(batch):
    made = build()(batch)
    shapes = {key: tuple(value.shape) for key, value in made.items() if torch.is_tensor(value)}
    assert shapes == {
        "hr_target": (2, 3, 128, 128),
        "hole_mask": (2, 1, 16, 16),
        "lr_target": (2, 3, 16, 16),
        "lr_masked": (2, 3, 16, 16),
        "landmarks": (2, 81, 2),
        "landmark_known": (2, 81),
        "landmark_target": (2, 81, 64, 64),
        "parsing": (2, 128, 128),
        "parsing_target": (2, 64, 64),
        "identity": (2,),
    }
    assert made["parsing_target"].dtype == made["identity"].dtype == torch.int64
    assert made["name"] == ["face.png"] * 2 and made["skipped"] == ["bad.jpg"] * 2
    assert not made["landmark_known"][:, 3].any() and made["landmark_known"][:, 4:].any()
    assert (made["landmark_target"][:, 3] == 0).all()


def test_without_a_scale_there_are_no_small_faces_and_no_holes(batch):
    full = build()(batch)
    del batch["hole_mask"]
    made = build(scale=None)(batch)
    assert set(full) - set(made) == {"hole_mask", "lr_target", "lr_masked"}
    assert torch.equal(made["hr_target"], full["hr_target"])


def test_only_the_hole_is_taken_out_of_the_lr_face(batch):
    made = build()(batch)
    hole = made["hole_mask"].bool().expand(-1, 3, -1, -1)
    assert hole.float().mean().item() == pytest.approx(25 / 256)
    assert (made["lr_masked"][hole] == 0).all()
    assert torch.equal(made["lr_masked"][~hole], made["lr_target"][~hole])


def test_the_lr_face_has_8_bits_and_the_range_of_an_image(batch):
    batch["hr_target"] = (batch["hr_target"] > 128).to(torch.uint8) * 255
    rounded = build()(batch)["lr_target"]
    exact = build(quantise_lr=False)(batch)["lr_target"]
    assert exact.min() >= 0 and exact.max() <= 1
    torch.testing.assert_close(rounded * 255, (rounded * 255).round(), atol=1e-4, rtol=0)
    assert 0 < (rounded - exact).abs().max() <= 0.5 / 255 + 1e-6
    assert torch.equal(exact, downsample(batch["hr_target"].float() / 255, 8).clamp(0, 1))


def test_labels_are_thinned_without_new_ones_and_unknown_stays(batch):
    batch["parsing"][:, 64:] = 255
    parsing = build()(batch)["parsing_target"]
    assert torch.equal(parsing, batch["parsing"][:, 1::2, 1::2].long())
    assert (parsing[:, 32:] == 255).all()


@pytest.mark.parametrize("channels_last", [False, True])
def test_memory_is_laid_out_as_asked(batch, channels_last):
    layout = torch.channels_last if channels_last else torch.contiguous_format
    made = build(channels_last=channels_last)(batch)
    for key in ("hr_target", "lr_target", "lr_masked"):
        assert made[key].is_contiguous(memory_format=layout), key


def test_heatmaps_can_be_left_out(batch):
    made = build(with_heatmaps=False)(batch)
    assert "landmark_target" not in made and "landmark_known" in made


def test_a_batch_without_faces_passes():
    assert build()({"name": [], "skipped": ["a"]}) == {"name": [], "skipped": ["a"]}


def test_a_hole_of_another_size_is_refused(batch):
    batch["hole_mask"] = batch["hole_mask"][..., :8, :8]
    message = r"hole_mask is \(2, 1, 8, 8\); expected \(2, 1, 16, 16\) at scale 8. Set DrawHole"
    with pytest.raises(DataError, match=message):
        build()(batch)


def test_an_unknown_scale_is_refused():
    with pytest.raises(ConfigError, match="scale is 3; expected one of 2, 4, 8"):
        MODELS.build(dict(type="FacePreprocessor", scale=3))


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_a_gpu_makes_the_same_tensors(batch):
    here, there = build()(batch), build().to("cuda")(batch)
    for key, value in here.items():
        if torch.is_tensor(value):
            tolerance = 1.5 / 255 if key.startswith("lr") else 1e-5
            torch.testing.assert_close(
                there[key].cpu(), value, atol=tolerance, rtol=0, equal_nan=True
            )
