import json

import numpy as np
import pytest
import torch
from torch import nn

from fcsrlib.contracts import FacePriors
from fcsrlib.data import CelebA, CentreCrop, PackedFaces
from fcsrlib.data.heatmaps import make_heatmaps
from fcsrlib.errors import CheckpointError, ConfigError, DataError
from fcsrlib.preparation import label, pack

SPLITS = ("train", "val", "test")


class Oracle(nn.Module):
    """Finds the same points and parts in every face, but for a part that follows brightness."""

    num_landmarks, num_classes = 81, 11

    def __init__(self):
        super().__init__()
        self.anything = nn.Parameter(torch.zeros(1))
        rng = np.random.default_rng(3)
        self.points = torch.from_numpy(rng.uniform(10, 118, (81, 2)))
        self.count = 0

    def forward(self, image):
        self.count += len(image)
        heatmaps = make_heatmaps(self.points[None].expand(len(image), -1, -1), 128, 64)
        bright = nn.functional.avg_pool2d(image.mean(1), 2)
        logits = torch.zeros(len(image), 11, 64, 64)
        logits[:, 3], logits[:, 10] = bright, 1 - bright
        return FacePriors(heatmaps, logits)


@pytest.fixture
def oracle(monkeypatch):
    network = Oracle()
    monkeypatch.setattr(
        "fcsrlib.preparation.labelling.load_face_prior", lambda spec, device: network
    )
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    return network


@pytest.fixture
def plain(celeba):
    celeba.forget()
    return celeba


@pytest.fixture
def prior(tmp_path):
    """Files that stand for a config and a checkpoint."""
    for name in ("prior.py", "prior.pth"):
        (tmp_path / name).write_text(name)
    return tmp_path / "prior.py", tmp_path / "prior.pth"


def test_the_networks_landmarks_are_read_back_from_the_data_set(plain, prior, oracle, tmp_path):
    out = label("landmarks", plain.root, tmp_path / "out", prior, with_mirror=False, workers=1)
    for split in SPLITS:
        faces = CelebA(out, split)
        assert len(faces) == len(CelebA(plain.root, split))
        for index in range(len(faces)):
            sample = CentreCrop().apply(faces.read(index), {})
            assert np.abs(sample["landmarks"] - oracle.points.numpy()).max() < 1e-3
    assert oracle.count == 7
    assert not (plain.root / "landmarks_81.npz").exists()
    assert (out / "img_align_celeba").is_symlink()


def test_the_networks_parts_are_read_back_from_the_data_set(plain, prior, oracle, tmp_path):
    out = label("parsing", plain.root, tmp_path / "out", prior, with_mirror=False, workers=1)
    sample = CentreCrop().apply(CelebA(out, "val").read(1), {})
    image = torch.from_numpy(sample["hr_target"]).permute(2, 0, 1)[None].float() / 255
    bright = nn.functional.avg_pool2d(image.mean(1), 2)
    bright = nn.functional.interpolate(bright[None], size=128, mode="bilinear")[0, 0].numpy()
    expected = np.where(bright > 0.5, 3, 10)
    is_clear = np.abs(bright - 0.5) > 1e-4
    assert is_clear.mean() > 0.9 and (expected == 3).any() and (expected == 10).any()
    assert np.array_equal(sample["parsing"][is_clear], expected[is_clear])
    assert (CelebA(out, "val").read(1)["parsing"][:8] == 255).all()  # beyond what it has seen


def test_one_folder_takes_both_and_can_be_packed(plain, prior, oracle, tmp_path, read_all):
    out = tmp_path / "out"
    for what in ("landmarks", "parsing"):
        label(what, plain.root, out, prior, workers=1)
    assert oracle.count == 4 * 7  # with their mirror images
    for what in ("landmarks", "parsing"):
        label(what, plain.root, out, prior, workers=1)
    assert oracle.count == 4 * 7  # nothing was to be done
    again = tmp_path / "again"
    for what in ("landmarks", "parsing"):
        label(what, plain.root, again, prior, workers=1)
    assert read_all(out) == read_all(again)
    commands = json.loads((out / "manifest.json").read_text())["commands"]
    assert list(commands) == ["landmarks", "parsing"]

    pack(out, tmp_path / "pack", workers=1)
    packed = PackedFaces(tmp_path / "pack").read(0)
    assert np.isfinite(packed["landmarks"]).all() and (packed["parsing"] < 255).any()


def test_labels_may_go_into_the_data_set_itself(plain, prior, oracle):
    for what in ("landmarks", "parsing"):
        label(what, plain.root, plain.root, prior, workers=1)
    assert np.isfinite(CelebA(plain.root).read(0)["landmarks"]).all()
    with pytest.raises(ConfigError, match="6 of 7 images of .* could no longer be read"):
        label("landmarks", plain.root, plain.root, prior, max_images=2, workers=1)


def test_a_part_of_a_data_set_makes_a_smaller_one(plain, prior, oracle, tmp_path):
    out = label(
        "landmarks", plain.root, tmp_path / "out", prior, max_images=1, splits=["val"], workers=1
    )
    assert CelebA(out, "val").names == ["000004.jpg"]
    assert CelebA(out, "val").identities.tolist() == [3]


def test_landmarks_and_parts_of_other_faces_do_not_share_a_folder(plain, prior, oracle, tmp_path):
    label("landmarks", plain.root, tmp_path / "out", prior, max_images=1, workers=1)
    with pytest.raises(DataError, match="annotations of other faces of the data set"):
        label("parsing", plain.root, tmp_path / "out", prior, workers=1)
    label("parsing", plain.root, tmp_path / "out", prior, max_images=1, workers=1)
    assert len(CelebA(tmp_path / "out")) == 1


def test_a_damaged_image_stays_unknown(plain, prior, oracle, tmp_path):
    plain.truncate("000002.jpg")
    said = []
    for what in ("landmarks", "parsing"):
        label(what, plain.root, tmp_path / "out", prior, workers=1, say=said.append)
    assert said.count("1 images cannot be decoded: 000002.jpg") == 2
    points = np.load(tmp_path / "out" / "landmarks_81.npz")["points"]
    assert np.isnan(points[1]).all() and np.isfinite(np.delete(points, 1, 0)).all()
    assert not (tmp_path / "out" / "labels" / "000002.png").exists()


def test_a_run_killed_among_the_label_maps_is_taken_up(
    plain, prior, oracle, tmp_path, monkeypatch, read_all
):
    out, written = tmp_path / "out", []
    real = __import__("fcsrlib.preparation.labelling", fromlist=["write_png"]).write_png

    def fail_at_the_fourth(image, path):
        written.append(path)
        if len(written) == 4:
            raise KeyboardInterrupt
        real(image, path)

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr("fcsrlib.preparation.labelling.write_png", fail_at_the_fourth)
        label("parsing", plain.root, out, prior, workers=1)
    assert not (out / "list_eval_partition.txt").exists()
    label("parsing", plain.root, out, prior, workers=1)
    fresh = label("parsing", plain.root, tmp_path / "fresh", prior, workers=1)
    assert read_all(out) == read_all(fresh)


def test_annotations_of_others_are_not_overwritten(celeba, prior, oracle):
    for what, name in (("landmarks", "landmarks_81.npz"), ("parsing", "labels")):
        with pytest.raises(DataError, match=f"has {name} already"):
            label(what, celeba.root, celeba.root, prior, workers=1)


def test_other_layouts_are_sent_to_align(tmp_path, prior, oracle):
    (tmp_path / "faces").mkdir()
    with pytest.raises(DataError, match="expected CelebA's: run align first"):
        label("landmarks", tmp_path / "faces", tmp_path / "out", prior)


def test_a_config_without_a_prior_and_an_absent_checkpoint_are_refused(plain, tmp_path):
    config = "configs/priors/compact_mixed.py"
    with pytest.raises(CheckpointError, match="no checkpoint at"):
        label("landmarks", plain.root, tmp_path / "out", (config, tmp_path / "none.pth"))
    assert not (tmp_path / "out").exists()
