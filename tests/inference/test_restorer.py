"""Restoring images of every kind: containers, sizes, consistency, detail, threads."""

from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np
import pytest
import torch
from PIL import Image

import fcsrlib
from fcsrlib.degradation import downsample
from fcsrlib.inference import restorer as module
from fcsrlib.inference.restorer import Restorer
from fcsrlib.models.generator import FCSRGenerator
from fcsrlib.models.sr_first import SRFirstGenerator
from fcsrlib.testing import toy


def build(scale=8, kind=FCSRGenerator):
    torch.manual_seed(0)
    return kind(fc=toy.ToyFC(), sr=toy.ToySR(scale), hr_side=128, scale=scale)


@pytest.fixture(scope="module")
def restorer():
    return Restorer(build(), device="cpu", dtype="float32")


def draw_face(side, seed=0):
    """Return a smooth picture in mid tones with some noise, uint8 (side, side, 3)."""
    rng = np.random.default_rng(seed)
    coarse = rng.integers(40, 216, (5, 5, 3)).astype(np.float32)
    smooth = cv2.resize(coarse, (side, side), interpolation=cv2.INTER_CUBIC)
    return (smooth + rng.normal(0, 6, smooth.shape)).clip(0, 255).astype(np.uint8)


def draw_hole(side):
    hole = np.zeros((side, side), bool)
    hole[side // 2 : (3 * side) // 4, side // 4 : side // 2] = True
    return hole


def shrink(image, side):
    tensor = torch.from_numpy(image).permute(2, 0, 1)[None].float() / 255
    return torch.nn.functional.interpolate(
        tensor, size=(side, side), mode="bicubic", antialias=True
    )


def test_an_array_gives_an_array_a_picture_a_picture_and_a_tensor_a_tensor(restorer, tmp_path):
    face = draw_face(40)
    expected = restorer(face).image
    assert expected.shape == (128, 128, 3) and expected.dtype == np.uint8
    Image.fromarray(face).save(tmp_path / "face.png")
    assert np.array_equal(restorer(tmp_path / "face.png").image, expected)
    picture = restorer(Image.fromarray(face)).image
    assert isinstance(picture, Image.Image) and np.array_equal(np.asarray(picture), expected)
    tensor = restorer(torch.from_numpy(face).permute(2, 0, 1)).image
    assert tensor.dtype == torch.uint8
    assert np.array_equal(tensor.permute(1, 2, 0).numpy(), expected)


@pytest.mark.parametrize("side", [16, 17, 64, 128, 300])
def test_the_result_is_as_large_as_the_network_or_the_input(restorer, side):
    for has_hole in (False, True):
        restored = restorer(draw_face(side), draw_hole(side) if has_hole else None)
        assert restored.image.shape == (max(side, 128), max(side, 128), 3)
    small = restorer(draw_face(side), draw_hole(side), keep_detail=False)
    assert small.image.shape == (128, 128, 3)


def test_a_batch_of_mixed_sizes_is_restored_one_by_one(restorer):
    faces = [draw_face(side, side) for side in (16, 64, 130, 64)]
    masks = [draw_hole(16), None, draw_hole(130), draw_hole(64)]
    batch = restorer(faces, masks)
    for face, mask, restored in zip(faces, masks, batch, strict=True):
        alone = restorer(face, mask).image
        # A batch may sum in another order: a level of rounding at most.
        assert np.abs(restored.image.astype(int) - alone).max() <= 1


def test_a_stack_is_a_batch_and_its_masks_may_be_one_or_many(restorer):
    stack = np.stack([draw_face(32, seed) for seed in range(3)])
    masks = np.stack([draw_hole(32)] * 3)
    one = [found.image for found in restorer(stack, draw_hole(32))]
    many = [found.image for found in restorer(list(stack), masks)]
    assert len(one) == 3
    assert np.array_equal(one, many)
    tensors = restorer(
        torch.from_numpy(stack).permute(0, 3, 1, 2), torch.from_numpy(masks)[:, None]
    )
    assert np.array_equal([found.image.permute(1, 2, 0).numpy() for found in tensors], one)
    assert restorer([]) == []


def test_masks_that_do_not_match_a_batch_are_refused(restorer):
    with pytest.raises(fcsrlib.ConfigError, match="2 hole masks for 1 images"):
        restorer([draw_face(32)], [None, None])


@pytest.mark.parametrize("scale", [4, 8])
@pytest.mark.parametrize("side", [16, 32, 90, 128, 300])
def test_shrunk_again_the_result_agrees_with_what_was_visible(scale, side):
    restorer = Restorer(build(scale), device="cpu", dtype="float32")
    restored = restorer(draw_face(side), draw_hole(side), keep_detail=False, return_parts=True)
    off = (shrink(restored.image, 128 // scale)[0] - restored.parts.lr_masked).abs() * 255
    visible = 1 - restored.parts.hole_mask
    assert (off * visible).max() <= 1
    free = restorer(draw_face(side), draw_hole(side), keep_detail=False, consistent=False)
    off = (shrink(free.image, 128 // scale)[0] - restored.parts.lr_masked).abs() * 255
    assert (off * visible).max() > 1  # the toy network alone does not agree


@pytest.mark.parametrize("scale, side", [(8, 64), (4, 64), (4, 25)])
def test_an_input_that_is_smaller_than_the_result_is_met_at_its_own_size(scale, side):
    restorer = Restorer(build(scale), device="cpu", dtype="float32")
    face, hole = draw_face(side), draw_hole(side)
    off = np.abs(shrink(restorer(face, hole).image, side)[0].permute(1, 2, 0).numpy() * 255 - face)
    assert off[~hole].max() <= 1
    assert off[hole].max() > 1
    free = shrink(restorer(face, hole, keep_detail=False).image, side)[0].permute(1, 2, 0).numpy()
    assert np.abs(free * 255 - face)[~hole].max() > 1


@pytest.mark.parametrize("side", [128, 200])
def test_visible_pixels_of_a_large_input_are_bit_identical(restorer, side):
    face, hole = draw_face(side), draw_hole(side)
    image = restorer(face, hole).image
    assert np.array_equal(image[~hole], face[~hole])
    assert not np.array_equal(image[hole], face[hole])


def test_what_lies_under_the_hole_changes_nothing(restorer):
    hole = draw_hole(200)
    one, other = draw_face(200), draw_face(200)
    one[hole], other[hole] = 0, 255
    assert np.array_equal(restorer(one, hole).image, restorer(other, hole).image)


def test_a_large_input_without_a_hole_is_returned_and_that_is_said(restorer):
    face = draw_face(150)
    restored = restorer(face)
    assert np.array_equal(restored.image, face)
    assert not np.shares_memory(restored.image, face)
    assert "returned as it is" in restored.note
    assert restorer(face, keep_detail=False).note == ""


def test_an_oblong_image_is_cut_and_that_is_said(restorer):
    restored = restorer(np.zeros((40, 60), np.uint8))
    assert restored.note == "the central 40x40 of 60x40 was taken"


def test_parts_are_what_the_generator_makes_of_the_same_input(restorer):
    parts = restorer(draw_face(64), draw_hole(64), return_parts=True).parts
    with torch.no_grad():
        generated = restorer.generator(parts.lr_masked[None], parts.hole_mask[None])
    assert torch.equal(parts.hr_restored, generated.hr_restored[0])
    assert torch.equal(parts.lr_composite, generated.lr_composite[0])
    assert not parts.hr_restored.requires_grad
    assert parts.priors is None  # this network has no branch for them
    assert restorer(draw_face(64)).parts is None


def test_the_networks_own_landmarks_and_parts_come_with_the_parts_face_by_face():
    torch.manual_seed(0)
    sr = dict(type="FSRNet", channels=8, prior_channels=8, num_fine_blocks=1)
    generator = FCSRGenerator(fc=toy.ToyFC(), sr=sr, hr_side=128, scale=8)
    restorer = Restorer(generator, device="cpu", dtype="float32")
    faces = [draw_face(64), draw_face(64, seed=1)]
    for restored in restorer(faces, return_parts=True):
        parts = restored.parts
        with torch.no_grad():
            generated = restorer.generator(parts.lr_masked[None], parts.hole_mask[None])
        expected = generated.restoration.priors
        assert torch.allclose(parts.priors.landmarks, expected.landmarks[0], atol=1e-5)
        assert torch.allclose(parts.priors.parsing, expected.parsing[0], atol=1e-4)


def test_the_network_output_is_only_rounded_where_nothing_else_is_wished(restorer):
    restored = restorer(draw_face(16), consistent=False, return_parts=True)
    expected = (restored.parts.hr_restored.clamp(0, 1) * 255).round().byte().permute(1, 2, 0)
    assert np.array_equal(restored.image, expected.numpy())


def test_completion_after_enlargement_has_no_small_composite():
    restorer = Restorer(build(kind=SRFirstGenerator), device="cpu", dtype="float32")
    restored = restorer(draw_face(32), draw_hole(32), return_parts=True)
    assert restored.parts.lr_composite is None
    assert restored.image.shape == (128, 128, 3)


def test_threads_that_share_a_restorer_get_what_one_alone_gets(restorer):
    cases = [(draw_face(side, side), draw_hole(side)) for side in range(20, 140, 6)]
    serial = [restorer(*case).image for case in cases]
    before = {name: value.clone() for name, value in restorer.generator.state_dict().items()}
    with ThreadPoolExecutor(4) as threads:
        parallel = list(threads.map(lambda case: restorer(*case).image, cases))
    assert all(np.array_equal(one, other) for one, other in zip(serial, parallel, strict=True))
    after = restorer.generator.state_dict()
    assert all(torch.equal(value, after[name]) for name, value in before.items())


def test_under_bf16_the_result_hardly_changes_and_still_agrees(restorer):
    rough = Restorer(build(), device="cpu", dtype="bfloat16")
    face, hole = draw_face(64), draw_hole(64)
    fine = restorer(face, hole, keep_detail=False).image
    made = rough(face, hole, keep_detail=False, return_parts=True)
    assert np.abs(made.image.astype(int) - fine).max() <= 6
    off = (shrink(made.image, 16)[0] - made.parts.lr_masked).abs() * (1 - made.parts.hole_mask)
    assert off.max() * 255 <= 1


def test_the_generator_is_frozen_in_eval_mode():
    generator = build().train()
    Restorer(generator, device="cpu")
    assert not generator.training
    assert not any(parameter.requires_grad for parameter in generator.parameters())


def test_a_released_model_is_found_built_and_placed(monkeypatch, tmp_path):
    asked = []
    monkeypatch.setattr(module, "resolve_weights", lambda name: asked.append(name) or tmp_path)
    monkeypatch.setattr(
        module, "build_release", lambda path, device, dtype: asked.append((path, dtype)) or build(4)
    )
    restorer = fcsrlib.Restorer.from_pretrained("swift_x4", device="cpu", batch_size=3)
    assert asked == ["swift_x4", (tmp_path, torch.float32)]
    assert (restorer.lr_side, restorer.hr_side, restorer.batch_size) == (32, 128, 3)


@pytest.mark.parametrize("generator", [torch.nn.Identity(), None])
def test_what_restores_no_faces_is_refused(generator):
    with pytest.raises(fcsrlib.ContractError, match="restores no faces"):
        Restorer(generator)


def test_a_batch_size_below_one_is_refused():
    with pytest.raises(fcsrlib.ConfigError, match="batch_size is 0"):
        Restorer(build(), batch_size=0)


@pytest.mark.gpu
def test_on_cuda_the_result_is_the_processors(restorer):
    on_gpu = Restorer(build(), device="cuda")
    for side in (16, 64, 200):
        one, other = (each(draw_face(side), draw_hole(side)).image for each in (restorer, on_gpu))
        assert np.abs(one.astype(int) - other).max() <= 2


def test_downsample_is_what_shrink_does():
    face = draw_face(128)
    tensor = torch.from_numpy(face).permute(2, 0, 1)[None].float() / 255
    assert torch.equal(shrink(face, 16), downsample(tensor, 8))


@pytest.mark.parametrize("side", [16, 20, 64, 144])
def test_a_gray_face_stays_gray(restorer, side):
    gray = draw_face(side)[:, :, 0]
    painted = np.repeat(gray[:, :, None], 3, 2)
    painted[draw_hole(side)] = (0, 255, 0)  # what covers it says nothing of its colours
    coloured = draw_face(side, seed=1)
    mono, other = restorer([painted, coloured], draw_hole(side))
    assert (mono.image == mono.image[:, :, :1]).all()
    assert not (other.image == other.image[:, :, :1]).all()


def test_a_network_that_makes_no_numbers_is_refused(restorer):
    generator = build(8)
    for parameter in generator.parameters():
        parameter.data.fill_(float("nan"))
    broken = Restorer(generator, device="cpu", dtype="float32")
    with pytest.raises(fcsrlib.CheckpointError, match="values that are not finite"):
        broken(draw_face(16))
