from pathlib import Path

import pytest
import torch
from torch import nn

from fcsrlib.contracts import FacePriors
from fcsrlib.data.heatmaps import make_heatmaps
from fcsrlib.data.landmarks import mirror_permutation
from fcsrlib.errors import CheckpointError, ConfigError, ContractError
from fcsrlib.inference.face_prior import find_priors, load_face_prior, locate_face_prior
from fcsrlib.inference.releases.info import ReleaseInfo
from fcsrlib.inference.releases.release_file import write_release
from fcsrlib.registry import FACE_PRIORS

SMALL = dict(type="CompactPrior", channels=(4, 4, 4, 4), head_channels=4)
ROOT = Path(__file__).parents[2]


@pytest.fixture
def faces(rng_seed):
    return torch.rand(2, 3, 128, 128)


def write_prior_config(path, part):
    path.write_text(
        f"model = dict(face_prior={part!r})\ntrain_cfg = dict(a=1)\ntrain_dataloader = dict(a=1)\n"
    )
    return path


@pytest.fixture
def rng_seed():
    torch.manual_seed(0)


class LopsidedNetwork(nn.Module):
    """Finds the true points of a face and of its mirror image, each shifted to the right."""

    def __init__(self, points, shift_px):
        super().__init__()
        self.points, self.shift_px, self.is_mirrored = points, shift_px, False

    def forward(self, image):
        points = self.points.clone()
        labels = torch.zeros(len(image), 11, 64, 64)
        right_eye, left_eye = 5, 4
        if self.is_mirrored:
            points = points[:, list(mirror_permutation(81))]
            points[..., 0] = 127 - points[..., 0]
        columns = torch.arange(64) < 32  # the person's right is on the image's left
        labels[:, right_eye, :, columns] = 1
        labels[:, left_eye, :, ~columns] = 1
        points[..., 0] += self.shift_px
        self.is_mirrored = not self.is_mirrored
        return FacePriors(make_heatmaps(points, 128, 64, sigma_px=2.0), labels)


def test_the_points_of_the_heatmaps_are_found_again(faces, rng_seed):
    points = 20 + 88 * torch.rand(2, 81, 2)
    found = find_priors(LopsidedNetwork(points, 0.0), faces, with_mirror=False)
    assert torch.allclose(found.landmarks.float(), points, atol=1e-2)


def test_the_mirrored_face_cancels_what_the_network_shifts_to_one_side(faces, rng_seed):
    points = 20 + 88 * torch.rand(2, 81, 2)
    alone = find_priors(LopsidedNetwork(points, 1.0), faces, with_mirror=False)
    both = find_priors(LopsidedNetwork(points, 1.0), faces)
    assert (alone.landmarks - points)[..., 0].abs().mean() > 0.95
    assert (both.landmarks - points)[..., 0].abs().mean() < 0.05
    assert both.labels.shape == (2, 128, 128) and both.labels.dtype == torch.uint8
    assert (both.labels[:, :, :62] == 5).all() and (both.labels[:, :, 66:] == 4).all()


def test_a_checkpoints_weights_are_loaded_averaged_ones_first(tmp_path, faces):
    network = FACE_PRIORS.build(SMALL).eval()
    state = {f"face_prior.{name}": value for name, value in network.state_dict().items()}
    raw = {name: torch.zeros_like(value) for name, value in state.items()}
    torch.save({"state_dict": raw, "ema_state_dict": state}, tmp_path / "prior.pth")
    path = write_prior_config(tmp_path / "prior.py", dict(SMALL, weights="elsewhere.pth"))
    loaded = load_face_prior((path, tmp_path / "prior.pth"))
    assert not loaded.training
    assert torch.equal(loaded(faces).landmarks, network(faces).landmarks)


def test_a_release_file_is_a_face_prior_too(tmp_path, faces):
    network = FACE_PRIORS.build(SMALL).half().float().eval()
    path = tmp_path / "tiny_prior.safetensors"
    write_release(path, network.state_dict(), ReleaseInfo("tiny_prior", "face_prior", SMALL))
    for spec in (path, [str(path)]):
        loaded = load_face_prior(spec)
        assert not loaded.training
        assert torch.equal(loaded(faces).parsing, network(faces).parsing)


def test_a_release_of_another_kind_is_refused(tmp_path):
    path = tmp_path / "mask.safetensors"
    info = ReleaseInfo("mask", "mask", dict(type="MaskNet"))
    write_release(path, {"any": torch.zeros(1)}, info)
    with pytest.raises(ContractError, match="of kind 'mask'; expected a face prior"):
        load_face_prior(path)


def test_neither_one_nor_two_files_are_no_face_prior():
    with pytest.raises(ConfigError, match="expected a release such as compact_prior, or a config"):
        locate_face_prior(["a", "b", "c"])
    with pytest.raises(CheckpointError, match="'compact_priot' is no file and no released model"):
        locate_face_prior("compact_priot")


def test_what_cannot_be_loaded_is_refused(tmp_path):
    with pytest.raises(ConfigError, match="has no model.face_prior; name a config that trains one"):
        load_face_prior((ROOT / "configs/fcsr/pconv_x8_completion.py", tmp_path / "none.pth"))
    with pytest.raises(CheckpointError, match="no checkpoint at"):
        load_face_prior((ROOT / "configs/priors/compact_mixed.py", tmp_path / "none.pth"))
