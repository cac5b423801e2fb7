"""Judges beside PSNR and MSSIM: the columns they add, and the options they come from."""

import numpy as np
import pytest
import torch

from fcsrlib.errors import CheckpointError, ConfigError
from fcsrlib.evaluation import evaluate
from fcsrlib.evaluation.judges import build_judges
from fcsrlib.metrics import FaceAccuracy, IdentitySimilarity, PerceptualDistance, quantise
from fcsrlib.models.recognition import LightCNN9
from fcsrlib.registry import FACE_PRIORS


@pytest.fixture
def prior_pair(toy_run, tmp_path):
    """Return a config file with a toy face prior, and its weights."""
    config = tmp_path / "prior.py"
    part = dict(type="ToyFacePrior")
    config.write_text(
        f"model = dict(face_prior={part!r})\ntrain_cfg = dict(a=1)\ntrain_dataloader = dict(a=1)\n"
    )
    path = tmp_path / "prior.pth"
    torch.manual_seed(0)
    torch.save({"state_dict": FACE_PRIORS.build(part).state_dict()}, path)
    return str(config), str(path)


def find(results, method, condition="quarter"):
    rows = results["figures"]
    return next(row for row in rows if row["method"] == method and row["condition"] == condition)


def test_every_judge_adds_its_columns_to_networks_and_references(
    make_pair, tmp_path, prior_pair, toy_embedder
):
    options = {"face_prior": prior_pair, "embedder": toy_embedder}
    results = evaluate("table6", [make_pair()], out=tmp_path / "out", options=options)
    for method in ("toy", "bicubic x4", "Telea, bicubic x4"):
        row = find(results, method)
        assert -1 <= row["identity"] <= 1 and 0 <= row["parsing_miou"] <= 1
        assert row["landmark_error"] > 0 and row["landmark_error_vs_reading"] is None
        assert "parsing_union_3" not in row
    page = (tmp_path / "out" / "table.md").read_text()
    assert "| identity (cosine) |" in page and "landmark error / distance of outer" in page
    plain = evaluate("table6", [make_pair()], out=tmp_path / "plain")
    assert find(plain, "toy").items() <= find(results, "toy").items()


def test_identity_is_the_mean_cosine_of_the_faces(make_pair, tmp_path, toy_run, toy_embedder):
    results = evaluate(
        "table6", [make_pair()], out=tmp_path / "out", options={"embedder": toy_embedder}
    )
    from fcsrlib.evaluation.entrant import load_entrants
    from fcsrlib.registry import MODELS

    (entrant,) = load_entrants([make_pair()])
    with np.load(tmp_path / "out" / "holes.npz") as file:
        holes = np.unpackbits(file["quarter/hole_8px"], axis=1).reshape(5, 1, 8, 8)
    embed, cosines = MODELS.build(toy_embedder).embed, []
    for index in range(5):
        face = toy_run.TinyFaces(5, seed=1).read(index)["hr_target"]
        target = torch.from_numpy(face).permute(2, 0, 1)[None].float() / 255
        small = torch.nn.functional.interpolate(
            target, scale_factor=0.25, mode="bicubic", antialias=True
        )
        hole = torch.from_numpy(holes[index : index + 1]).float()
        masked = (small.clamp(0, 1) * 255).round() / 255 * (1 - hole)
        restored = quantise(entrant.run(masked, hole)["hr_restored"]).float()
        cosines.append((embed(restored) * embed(target)).sum().item())
    assert find(results, "toy")["identity"] == pytest.approx(np.mean(cosines), abs=1e-6)


def test_figures_of_judges_are_those_of_any_batch_size(
    make_pair, tmp_path, prior_pair, toy_embedder
):
    options = {"face_prior": prior_pair, "embedder": toy_embedder}
    rows = [
        evaluate(
            "table3", [make_pair()], out=tmp_path / str(size), batch_size=size, options=options
        )["figures"]
        for size in (1, 16)
    ]
    for one, other in zip(*rows, strict=True):
        assert one == pytest.approx(other, abs=1e-5)


def test_a_completion_alone_is_not_judged(make_pair, tmp_path, toy_embedder):
    pairs = [make_pair(restores=False)]
    results = evaluate("table6", pairs, out=tmp_path / "out", options={"embedder": toy_embedder})
    assert find(results, "toy").get("identity") is None


def test_options_become_judges(tmp_path, prior_pair):
    path = tmp_path / "light.pth"
    torch.save({"state_dict": LightCNN9().state_dict()}, path)
    judges = build_judges(
        {
            "perceptual": True,
            "face_prior": prior_pair,
            "embedder": "lightcnn9",
            "embedder_weights": path,
        }
    )
    assert [type(one) for one in judges] == [PerceptualDistance, FaceAccuracy, IdentitySimilarity]
    assert build_judges({}) == []


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"face_prior": ["a", "b", "c"]}, "expected a release such as compact_prior, or a config"),
        ({"embedder": {"type": "Nobody"}}, "no model of that type is registered"),
        ({"embedder": "lightcnn"}, "--embedder is 'lightcnn'; expected lightcnn9, dlib"),
    ],
)
def test_bad_options_are_refused(options, message):
    with pytest.raises(ConfigError, match=message):
        build_judges(options)


def test_weights_of_another_network_are_refused_and_nothing_written(
    make_pair, tmp_path, prior_pair
):
    torch.save({"state_dict": {"other": torch.zeros(1)}}, prior_pair[1])
    with pytest.raises(CheckpointError, match="is of another network"):
        evaluate("table6", [make_pair()], out=tmp_path / "out", options={"face_prior": prior_pair})
    assert not (tmp_path / "out").exists()
